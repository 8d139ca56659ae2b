import { createHash } from 'node:crypto';
import { escapedHtml } from '../approval/html-text.ts';

/** A page for whoever installs: all of it is text, but the one way on. */
export interface InstallPage {
  status: number;
  title: string;
  paragraphs: readonly string[];
  /** The one button; null = there is nothing to press. */
  action: { label: string; url: string } | null;
}

const STYLE = `:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#1d2433;--quiet:#5b6474;--line:#dfe3ea;--press:#1f2a44;--on:#fff}
@media (prefers-color-scheme:dark){:root{--ground:#12161f;--card:#1b2130;--ink:#e8ecf4;--quiet:#9aa5b8;--line:#2d3648;--press:#e8ecf4;--on:#12161f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px;background:var(--ground);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
main{width:100%;max-width:27rem;padding:32px 28px;background:var(--card);border:1px solid var(--line);border-radius:14px;overflow-wrap:anywhere}
header{color:var(--quiet);font-size:.8125rem;letter-spacing:.04em}
h1{margin:.35rem 0 .9rem;font-size:1.35rem;line-height:1.3}
p{margin:0 0 .8rem}
p:last-child{margin-bottom:0}
a{display:inline-block;margin-top:.7rem;padding:.65rem 1.2rem;border-radius:9px;background:var(--press);color:var(--on);font-weight:600;text-decoration:none}
a:focus-visible{outline:3px solid #5b8def;outline-offset:2px}`;

/** Headers of every page: it loads nothing, runs nothing, is kept nowhere and tells nobody where one came from. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
} as const;

export function renderPage({ title, paragraphs, action }: InstallPage): string {
  const button = action ? `<p><a href="${escapedHtml(action.url)}">${escapedHtml(action.label)}</a></p>` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapedHtml(title)} – Countersign</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>Countersign</header>
<h1>${escapedHtml(title)}</h1>
${paragraphs.map((text) => `<p>${escapedHtml(text)}</p>`).join('\n')}
${button}
</main>
</body>
</html>
`;
}

const NEW_LINK = 'Ask whoever runs Countersign for a new link: npm run slack -- link';
const notice = (status: number, title: string, ...paragraphs: string[]): InstallPage => ({
  status,
  title,
  paragraphs,
  action: null,
});

export const PAGE = {
  begin: (organization: string, url: string): InstallPage => ({
    status: 200,
    title: `Add Countersign to Slack for ${organization}`,
    paragraphs: [
      `Slack will ask which workspace to add it to. That workspace then belongs to ${organization}: the bot finds its people by e-mail address and sends approvers direct messages when a pipeline waits for them.`,
      'Installing makes nobody an admin. This link works once.',
    ],
    action: { label: 'Add to Slack', url },
  }),
  installed: (organization: string, workspace: string): InstallPage =>
    notice(
      200,
      `Countersign is in ${workspace}`,
      `The workspace belongs to ${organization} from now on. Approvers there hear of it with their first card.`,
      'You can close this page.',
    ),
  unknown: notice(404, 'This link is not known here', 'It may have been cut short on its way.', NEW_LINK),
  used: notice(410, 'This link was used before', 'Each link installs one workspace, once.', NEW_LINK),
  expired: notice(410, 'This link has expired', NEW_LINK),
  claimed: notice(
    409,
    'This workspace is taken',
    'It is connected to Countersign for another organization, and nothing was changed. Whoever runs Countersign can release it there: npm run slack -- remove TEAM',
  ),
  cancelled: notice(
    200,
    'Nothing was installed',
    'You stopped in Slack. Open the link again when you want to go on; it is still good until it expires.',
  ),
  notThisBrowser: notice(
    400,
    'This did not begin here',
    'Slack sent you back to a browser that did not open the link, or it took longer than ten minutes. Nothing was installed. Open the link again in this browser.',
  ),
  refusedBySlack: notice(
    502,
    'Slack did not confirm',
    'Nothing was installed. Open the link again and repeat; it was not used up.',
  ),
  enterpriseWide: notice(
    422,
    'One workspace, please',
    'Slack installed the app for a whole Enterprise organization, which Countersign does not take: it belongs to one workspace at a time. It was taken back. Open the link again and choose one workspace.',
  ),
  missingScopes: (scopes: readonly string[]): InstallPage =>
    notice(
      422,
      'Slack granted too little',
      `The app lacks ${scopes.join(', ')}: add what manifest.yml lists under OAuth & Permissions in the app’s settings. Then open the link again; it was not used up.`,
    ),
  failed: notice(500, 'Something went wrong here', 'Nothing was installed. Open the link again in a moment.'),
} as const;
