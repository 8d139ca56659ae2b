import { createHash } from 'node:crypto';

/** The look of the page, light and dark, from a phone's width on. */
export const STYLE = `:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--ink:#1d2433;--quiet:#5b6474;--line:#d5dae3;--field:#fff;--press:#1f2a44;--on:#fff;--bad:#b3261e;--bad-ground:#fdf0ef;--focus:#3f6fd8}
@media (prefers-color-scheme:dark){:root{--ground:#12161f;--card:#1b2130;--ink:#e8ecf4;--quiet:#9aa5b8;--line:#38425a;--field:#141926;--press:#e8ecf4;--on:#12161f;--bad:#ff9d94;--bad-ground:#33201f;--focus:#86a9ff}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:24px 16px;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{width:100%;max-width:32rem;padding:32px 28px;background:var(--card);border:1px solid var(--line);border-radius:14px;overflow-wrap:anywhere}
header{color:var(--quiet);font-size:.8125rem;letter-spacing:.04em}
h1{margin:.35rem 0 .75rem;font-size:1.35rem;line-height:1.3}
p{margin:0 0 .8rem}
p:last-child{margin-bottom:0}
form{margin-top:1.4rem}
.field{margin-bottom:1.15rem}
label{display:block;font-weight:600}
.hint{margin:.1rem 0 .35rem;color:var(--quiet);font-size:.875rem}
input{width:100%;padding:.6rem .7rem;border:1px solid var(--line);border-radius:9px;background:var(--field);color:var(--ink);font:inherit}
input.code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:.9375rem}
input[readonly]{color:var(--quiet)}
input[aria-invalid=true]{border-color:var(--bad)}
input:focus-visible,button:focus-visible{outline:3px solid var(--focus);outline-offset:1px}
.wrong{margin:.35rem 0 0;color:var(--bad);font-size:.875rem}
.alert{margin:0 0 1.2rem;padding:.7rem .9rem;border-radius:9px;background:var(--bad-ground);color:var(--bad)}
button{width:100%;margin-top:.3rem;padding:.75rem 1.2rem;border:0;border-radius:9px;background:var(--press);color:var(--on);font:inherit;font-weight:600;cursor:pointer}
.small{margin-top:1rem;color:var(--quiet);font-size:.8125rem}
@media (max-width:420px){main{padding:24px 18px}}`;

/** Headers of every page: it loads nothing, runs nothing, is kept nowhere, and posts to itself alone. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
  'cross-origin-opener-policy': 'same-origin',
} as const;
