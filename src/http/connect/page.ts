import { escapedHtml } from '../../approval/html-text.ts';
import type { HarnessConnection } from '../../usecases/harness-ports.ts';
import { STYLE } from './style.ts';

/** What was typed, to be shown again; never the key. */
export interface Typed {
  name: string;
  account: string;
  baseUrl: string;
  pathPrefix: string;
}

export interface FormShown {
  organizationName: string;
  personName: string;
  /** The one that gets another key; null = one is added. */
  connection: HarnessConnection | null;
  typed: Typed;
  /** Field by the API's name → what is wrong, as a sentence. */
  wrong: ReadonlyMap<string, string>;
  /** What is wrong with it all; null = nothing. */
  alert: string | null;
}

interface Field {
  name: string;
  label: string;
  hint: string;
  value: string;
  more: string;
}

/** The form that takes an account, an address and a key. Everything in it is text. */
export function formPage(shown: FormShown): string {
  const { organizationName, personName, connection, typed, wrong, alert } = shown;
  const title = connection ? `A new key for “${connection.name}”` : 'Connect a Harness account';
  const intro = connection
    ? `Countersign uses the new key for the Harness account ${connection.account} of ${organizationName} as soon as Harness has accepted it. Decisions that wait are sent then.`
    : `Pipelines in this account can then ask for approval in ${organizationName}, and decisions are told to Harness with the key you give here.`;
  const first: Field[] = connection
    ? [{ ...NAME, hint: 'The connection that gets the key.', value: connection.name, more: 'readonly' }]
    : [
        { ...NAME, value: typed.name, more: 'required maxlength="40" autofocus' },
        { ...ACCOUNT, value: typed.account, more: 'class="code" maxlength="128"' },
      ];
  const fields: Field[] = [
    ...first,
    {
      ...KEY,
      value: '',
      more: `type="password" class="code" required maxlength="2000"${connection ? ' autofocus' : ''}`,
    },
    { ...ADDRESS, value: typed.baseUrl, more: 'class="code" type="url" required maxlength="500"' },
    { ...PREFIX, value: typed.pathPrefix || '/', more: 'class="code" maxlength="200"' },
  ];
  return document(
    title,
    `<p>${escapedHtml(intro)}</p>
<form method="post" autocomplete="off">
${alert === null ? '' : `<p class="alert" role="alert">${escapedHtml(alert)}</p>`}
${fields.map((field) => fieldHtml(field, wrong.get(field.name))).join('\n')}
<button>${connection ? 'Use this key' : 'Connect'}</button>
<p class="small">Harness is asked first whether the key is good. It is kept encrypted and shown nowhere. This link is ${escapedHtml(personName)}’s: it works once, for ten minutes, and what it does is audited in their name.</p>
</form>`,
  );
}

const NAME = { name: 'name', label: 'Name', hint: 'Yours to choose, such as payments.' };
const ACCOUNT = {
  name: 'account',
  label: 'Account id',
  hint: 'It stands behind /account/ in every address of Harness. Most keys name it, then leave it out.',
};
const KEY = {
  name: 'api_key',
  label: 'API key',
  hint: 'Of a service account that may view and execute the pipelines. It begins with sat. or pat.',
};
const ADDRESS = {
  name: 'base_url',
  label: 'Address',
  hint: 'Harness’s own cloud, unless you host it yourselves.',
};
const PREFIX = {
  name: 'path_prefix',
  label: 'Path prefix',
  hint: '/gateway at Harness’s own cloud; / for none.',
};

function fieldHtml({ name, label, hint, value, more }: Field, wrong: string | undefined): string {
  const described = [`${name}-hint`, ...(wrong ? [`${name}-wrong`] : [])].join(' ');
  return `<div class="field">
<label for="${name}">${escapedHtml(label)}</label>
<p class="hint" id="${name}-hint">${escapedHtml(hint)}</p>
<input id="${name}" name="${name}" value="${escapedHtml(value)}" spellcheck="false" autocapitalize="none" aria-describedby="${described}"${wrong ? ' aria-invalid="true"' : ''} ${more}>
${wrong ? `<p class="wrong" id="${name}-wrong">${escapedHtml(wrong)}</p>` : ''}
</div>`;
}

/** A page that only says something. */
export function wordsPage(title: string, ...paragraphs: readonly string[]): string {
  return document(title, paragraphs.map((text) => `<p>${escapedHtml(text)}</p>`).join('\n'));
}

function document(title: string, body: string): string {
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
${body}
</main>
</body>
</html>
`;
}
