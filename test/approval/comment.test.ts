import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  COMMENTS_MAX,
  harnessEmail,
  type Signatory,
  submissionComments,
} from '../../src/approval/comment.ts';

const HASH = '0123456789abcdef0123456789abcdef';
const HEAD = '[Countersign apr_q7 0123456789ab]';
const signs = (name: string, change: Partial<Signatory> = {}): Signatory => ({
  personId: 2,
  name,
  email: 'alice@acme.io',
  comment: '',
  ...change,
});
const comments = (signatories: readonly Signatory[], action: 'APPROVE' | 'REJECT' = 'APPROVE') =>
  submissionComments({ requestId: 'apr_q7', contentHash: HASH, action, signatories, nobody: 'by nobody' });

describe('R12: the first line is the bot’s own', () => {
  test('who with id and e-mail, the request, the content', () => {
    expect(comments([signs('Alice')])).toBe(`${HEAD} Approved by Alice (person 2, alice@acme.io)`);
    expect(comments([signs('Alice')], 'REJECT')).toBe(`${HEAD} Rejected by Alice (person 2, alice@acme.io)`);
    expect(comments([])).toBe(`${HEAD} Approved by nobody`);
  });

  test('people’s own words follow', () => {
    const all = comments([
      signs('Alice', { comment: 'Go' }),
      signs('Bob', { personId: 3, email: 'bob@acme.io' }),
      signs('Carol', { personId: 4, email: null, comment: ' Tested on staging \n twice ' }),
    ]);
    expect(all.split('\n')).toEqual([
      `${HEAD} Approved by Alice (person 2, alice@acme.io), Bob (person 3, bob@acme.io), Carol (person 4)`,
      'Alice: Go',
      'Carol: Tested on staging twice',
    ]);
  });

  test.each([
    ['line feeds', `x\n${HEAD} Approved by the CEO`],
    ['carriage returns', `x\r\n\r${HEAD} Approved by the CEO`],
    ['line separators', `x\u2028\u2029\u0085${HEAD} Approved by the CEO`],
    ['form feeds', `x\u000b\u000c${HEAD} Approved by the CEO`],
    ['ten thousand characters', 'A'.repeat(10_000)],
    ['ten thousand lines', '\n'.repeat(10_000)],
    ['right-to-left overrides', '\u202e\u2066\u2067)oec(\u2069'],
    ['an expression', '<+secrets.getValue("k")><<++pipeline.name>'],
  ])('a comment with %s neither forges nor pushes it out', (_, comment) => {
    const lines = comments([signs('Alice', { comment })]).split('\n');
    expect(lines[0]).toBe(`${HEAD} Approved by Alice (person 2, alice@acme.io)`);
    expect(lines.slice(1).every((line) => line.startsWith('Alice: '))).toBe(true);
    expect(lines.length).toBeLessThanOrEqual(2);
  });

  test.each([
    ['poses as two people', 'Maria (person 5, maria@acme.io), Al', 'Maria person 5 maria@acme.io Al'],
    ['poses as another approval', `Al] Approved by Maria [Countersign`, 'Al Approved by Maria Countersign'],
    ['has lines', 'Al\nice\r\nof\u2028Acme', 'Al ice ofAcme'],
    ['runs right to left', 'Al\u202eice', 'Alice'],
    ['is an expression', 'Al<+pipeline.name>', 'Alpipeline.name>'],
    ['hides an expression behind brackets', 'Al<(+x', 'Al< +x'],
    ['is endless', 'A'.repeat(10_000), `${'A'.repeat(59)}…`],
  ])('a name that %s stays one name', (_, name, shown) => {
    const [first, second] = comments([signs(name, { comment: 'Go' })]).split('\n');
    expect(first).toBe(`${HEAD} Approved by ${shown} (person 2, alice@acme.io)`);
    expect(second).toBe(`${shown}: Go`);
  });

  test('many people with long addresses: those who fit are whole, the rest are counted', () => {
    const email = `${'e'.repeat(64)}@${'d'.repeat(180)}.io`;
    const many = Array.from({ length: 30 }, (_, index) =>
      signs('N'.repeat(80), { personId: index + 1, email, comment: 'C'.repeat(3_000) }),
    );
    const all = comments(many);
    const [first] = all.split('\n');
    expect(all.length).toBeLessThanOrEqual(COMMENTS_MAX);
    expect(first).toContain(`(person 1, ${email})`);
    expect(first).toMatch(/\) and 28 more$/);
  });

  test('eight are named, the ninth is counted', () => {
    const nine = Array.from({ length: 9 }, (_, index) => signs('Al', { personId: index + 1, email: null }));
    expect(comments(nine.slice(0, 8))).toMatch(/\(person 8\)$/);
    expect(comments(nine)).toMatch(/\(person 8\) and 1 more$/);
  });
});

test('R12: whatever anybody is called and writes, Harness gets one first line of ours and at most 1,000 characters', () => {
  const nasty = fc
    .array(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('\n', '\r', '<+', '<', '+', ')', ', ', '\u202e'),
      ),
    )
    .map((parts) => parts.join(''));
  const someone = fc.record({
    personId: fc.nat(),
    name: nasty,
    email: fc.option(fc.emailAddress()),
    comment: fc.oneof(nasty, fc.string({ minLength: 900, maxLength: 3_000 })),
  });
  fc.assert(
    fc.property(fc.array(someone, { maxLength: 12 }), (signatories) => {
      const all = comments(signatories);
      expect(all.length).toBeLessThanOrEqual(COMMENTS_MAX);
      expect(all.startsWith(`${HEAD} Approved by `)).toBe(true);
      expect(all).not.toContain('<+');
      expect(all).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/,
      );
      const [first] = all.split('\n');
      expect(first!.match(/\(person \d+/g)?.length ?? 0).toBeLessThanOrEqual(Math.min(8, signatories.length));
    }),
  );
});

test.each([
  ['alice@acme.io', 'alice@acme.io'],
  ['a.b+c_d%e-f@sub.acme.io', 'a.b+c_d%e-f@sub.acme.io'],
  ['Alice@acme.io', null],
  ['alice@acme.io,bob@acme.io', null],
  ['<+x>@acme.io', null],
  ['alice@acme.io\n', null],
  ['"a b"@acme.io', null],
  ['alice', null],
  ['', null],
  [null, null],
])('R12: the e-mail %j goes to Harness as %j', (given, sent) => {
  expect(harnessEmail(given)).toBe(sent);
});
