import { PAGE_SIZE_MAX, type ReadQuery } from './query.ts';

export interface PageLinks {
  first: string;
  last: string;
  prev?: string;
  next?: string;
}

export interface PageMeta {
  current_page: number;
  total_pages: number;
  total_count: number;
  page_size: number;
  max_page_size: number;
}

/**
 * A list's links and meta as in the seed's list: absolute on the public URL (contract §1.10 #20), percent-encoded,
 * keeping filter, include, sort, fields and size. prev and next are left out when there are none.
 */
export function pageOf(
  address: string,
  query: ReadQuery,
  total: number,
): { links: PageLinks; meta: PageMeta } {
  const { number, size } = query.list.page;
  const pages = Math.ceil(total / size);
  const last = Math.max(pages, 1);
  const kept = query.kept.map(
    ({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const link = (page: number) =>
    `${address}?${[...kept, `page%5Bnumber%5D=${page}`, `page%5Bsize%5D=${size}`].join('&')}`;
  return {
    links: {
      first: link(1),
      last: link(last),
      ...(number > 1 && { prev: link(Math.min(number - 1, last)) }),
      ...(number < last && { next: link(number + 1) }),
    },
    meta: {
      current_page: number,
      total_pages: pages,
      total_count: total,
      page_size: size,
      max_page_size: PAGE_SIZE_MAX,
    },
  };
}
