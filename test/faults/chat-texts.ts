import fc from 'fast-check';
import { ACCOUNT_COMMANDS, COMMANDS } from '../../src/commands/catalogue.ts';

const NAMES = [...COMMANDS, ...ACCOUNT_COMMANDS].map(({ name }) => name);
/** People of ours, of another organization's workspace, of nobody; a bot, a channel, groups. */
const MENTIONS = [
  ...['<@U0ALICE|alice>', '<@U0BOB>', '<@U0CAROL|carol>', '<@U0DANA|dana>', '<@U0ADA|ada>', '<@U0FRESH>'],
  ...['<@U0GUEST|guest>', '<@U0STRANGER>', '<@U0GONE>', '<@U0GUS>', '<@U0IVY>', '<@U0NOBODY|nobody>'],
  ...['<#C0RELEASES|releases>', '<#C0NOWHERE>', '<#G0SECRET|>', '<!here>', '<!subteam^S0OPS|@ops>', '<@>'],
  ...['<mailto:alice@acme.io|alice@acme.io>', 'zed@beta.io', 'fresh@acme.io', '@alice', 'me', '@', '#'],
];
const WORDS = [
  ...['deploy-to-production', 'database-migration', 'rollback', 'ship', 'standard', 'Standard', 'clear'],
  ...['now', 'NOW', 'vacant', 'all', 'mine', 'waiting', 'approved', 'since', '7d', '2026-11-01', 'and', '&'],
  ...['since 9999999d', 'since 0000-00-00', 'since 2026-02-31', 'policy', 'event', 'U0ALICE', 'T0BETA'],
];
const NUMBERS = [
  ...['0', '1', '2', '3', '14', '#1', '-1', '1.5', '1e3', '007', '٣', '999999999999999', '0x10', 'NaN'],
  ...['9007199254740993', '18446744073709551616', '9'.repeat(400), '-0', '1,', '+1'],
];
const NASTY = [
  ...['\u0000', 'a\u0000b', '\ud800', '\udfff\ud800', '💥', '﷽', '\u202egnp.exe', '\u2066x\u2069', '\u200b'],
  ...["'; drop table people; --", '" or ""="', '“', '„x', "'", '"', '""', '\\', '%00', '../../etc/passwd'],
  ...[
    '<',
    '>',
    '<<@U0ALICE>>',
    '<https://evil.example|Approve>',
    '*bold* _i_ ~s~ `c`',
    '```',
    '&lt;@U0ADA&gt;',
  ],
  ...['{"text":"x"}', '[]', 'null', '<+pipeline.name>', '$(7*7)', '{{7*7}}', '__proto__', 'constructor'],
  ...[
    '\n',
    '\t',
    '\r\n',
    '\u2028',
    '/',
    '//approvals',
    '/approvals help',
    'İ',
    'ß',
    '١٢',
    '|',
    '<@U0ALICE|<b>>',
  ],
];

/** Any code point at all; fast-check's own unit of that kind takes two seconds to make. */
const codePoint = fc.nat(0x10ffff).map((code) => String.fromCodePoint(code));
const nasty = fc.oneof(fc.constantFrom(...NASTY), fc.string({ maxLength: 30, unit: codePoint }));
const json = fc.json({ maxDepth: 3 });
const huge = fc.oneof(
  fc.tuple(nasty, fc.constantFrom(3_990, 4_001, 9_000, 12_000)).map(([text, length]) => filled(text, length)),
  fc.constantFrom('<@U0ALICE> '.repeat(360), `${'"'.repeat(3_999)}`, '<'.repeat(3_999), '1 '.repeat(1_999)),
);

function filled(text: string, length: number): string {
  return text === '' ? 'a'.repeat(length) : text.repeat(Math.ceil(length / text.length)).slice(0, length);
}

/** A name as it is, in other letters, with one letter more, fewer or double, or with its words the other way round. */
const name = fc.tuple(fc.constantFrom(...NAMES), fc.nat(9), fc.nat(20)).map(([is, how, at]) => {
  const cut = at % is.length;
  if (how === 0) return is.slice(0, cut) + is.slice(cut + 1);
  if (how === 1) return `${is.slice(0, cut)}x${is.slice(cut)}`;
  if (how === 2) return is.toUpperCase();
  if (how === 3) return is.split(' ').reverse().join(' ');
  if (how === 4) return `/approvals ${is}`;
  if (how === 5) return is.split(' ')[0]!;
  return is;
});

/**
 * Texts after `/approvals`: three in four begin with a command that there is, or nearly is. `known` are ids of
 * requests and workflows, and whatever buttons carry.
 */
export function chatTexts(known: readonly string[]): fc.Arbitrary<string> {
  const argument = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...known) },
    { weight: 5, arbitrary: fc.constantFrom(...MENTIONS) },
    { weight: 4, arbitrary: fc.constantFrom(...WORDS) },
    { weight: 3, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 2, arbitrary: nasty },
  );
  const named = fc
    .tuple(
      name,
      fc.array(argument, { maxLength: 5 }),
      fc.constantFrom(' ', ' ', ' ', '  ', ',', '\u00a0', '\n', ''),
    )
    .map(([command, args, gap]) => [command, ...args].join(gap === '' ? ' ' : gap));
  const sure = fc
    .tuple(fc.constantFrom('delete', 'cancel', 'retry', 'reassign'), fc.constantFrom(...known), argument)
    .map(([command, id, more]) => `${command} ${id} now ${more}`);
  return fc.oneof(
    { weight: 12, arbitrary: named },
    { weight: 3, arbitrary: sure },
    { weight: 2, arbitrary: fc.constantFrom(...known) },
    { weight: 2, arbitrary: nasty },
    { weight: 1, arbitrary: json },
    { weight: 1, arbitrary: huge },
    { weight: 1, arbitrary: fc.tuple(name, huge).map(([command, rest]) => `${command} ${rest}`) },
    { weight: 1, arbitrary: fc.tuple(named, nasty).map(([text, trick]) => text.replace(' ', trick)) },
  );
}
