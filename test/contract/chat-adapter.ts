import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Card, text } from '../../src/approval/card.ts';
import type { Answer } from '../../src/approval/form.ts';
import type { Page } from '../../src/approval/page.ts';
import type { CardRef, CardTarget, DirectoryAccount } from '../../src/usecases/ports.ts';
import { approveForm, input, waitingCard } from '../slack/samples.ts';
import type { Act, ChatDriver, Fault } from './driver.ts';

/** Three seconds are Slack's; Teams' people wait no longer either. */
const ACK_MS = 3_000;

/** Words that every platform would make something of, if it could. */
const HOSTILE =
  '*bold* _it_ <!channel> <!here> <@U0BOB> <at>Bob Bell</at> [Approve](https://evil.example) <https://evil.example|Approve> {{DATE(2020-01-01T00:00:00Z)}} &lt;b&gt; # Title';
/** What must be read of it as it stands. */
const AS_IT_STANDS = [
  '*bold*',
  '_it_',
  '<!channel>',
  '<@U0BOB>',
  '<at>Bob Bell</at>',
  '[Approve](https://evil.example)',
  '<https://evil.example|Approve>',
  '&lt;b&gt;',
  '{{DATE(2020-01-01T00:00:00Z)}}',
];

const DONE: Answer = { kind: 'done' };
const notice = (sentence: string): Answer => ({ kind: 'notice', sentence });

const FORM = approveForm({
  fields: [
    {
      key: 'input-0',
      kind: 'input',
      input: input('change', { regex: 'CHG-\\d+', required: true }),
      value: 'CHG-1',
    },
    { key: 'input-1', kind: 'input', input: input('window'), value: 'tonight' },
    { key: 'comment', kind: 'comment', label: 'Comment', required: false },
  ],
});

/** What every adapter of a chat platform must do, whatever the platform. */
export function itIsAChatAdapter(name: string, start: () => Promise<ChatDriver>): void {
  describe(name, () => {
    let chat: ChatDriver;
    beforeEach(async () => {
      chat = await start();
    });
    afterEach(() => chat[Symbol.asyncDispose]());

    const person = (externalId: string): CardTarget => ({ kind: 'person', externalId, ...place() });
    const room = (): CardTarget => ({ kind: 'channel', externalId: chat.room, ...place() });
    const place = () => ({ organizationId: chat.at.organizationId, tenant: chat.at.tenant });
    const whole = (ref: CardRef) => ({ organizationId: chat.at.organizationId, ...ref });

    async function posted(change: Partial<Card> = {}, target = person(chat.alice)): Promise<CardRef> {
      const card = waitingCard(change);
      chat.nowIs(card);
      const sent = await chat.platform.postCard(target, card.cardId, card);
      if (sent.kind !== 'sent') throw new Error(JSON.stringify(sent));
      return sent.ref;
    }

    describe('a card', () => {
      test('says title, state, details, message, facts and progress in words, and has the buttons of its actions', async () => {
        const { words, buttons } = chat.read(chat.alice, await posted());
        for (const said of [
          'Deploy to production',
          'Waiting for your approval',
          /Pipeline:? payments_deploy · run 214/,
          /Asked by:? Dana Reyes/,
          'new refund flow',
          /Version:? 4\.2\.1/,
          'Release notes',
          '1 of 2 approved',
          'Request apr_abc',
        ])
          expect(words).toMatch(said);
        expect(buttons).toEqual(['Approve', 'Reject', 'Approve with comment', 'View pipeline'].sort());
      });

      test.each<[Card['actions'], string[]]>([
        [[], ['View pipeline']],
        [
          [{ kind: 'approve', opensForm: true, confirm: '' }, { kind: 'reject' }],
          ['Approve', 'Reject', 'View pipeline'],
        ],
        [[{ kind: 'retry_submission' }], ['Retry delivery', 'View pipeline']],
        [[{ kind: 'supply_inputs' }], ['Correct inputs', 'View pipeline']],
        [[{ kind: 'choose_instance' }], ['Choose the gate', 'View pipeline']],
        [[{ kind: 'review' }], ['Review', 'View pipeline']],
        [[{ kind: 'ask_question' }], ['Ask a question', 'View pipeline']],
        [[{ kind: 'answer_question' }], ['Answer', 'View pipeline']],
      ])('with the actions %j has the buttons %j', async (actions, buttons) => {
        expect(chat.read(chat.alice, await posted({ actions })).buttons).toEqual([...buttons].sort());
      });

      test('without a pipeline’s page has no button to it', async () => {
        expect(chat.read(chat.alice, await posted({ actions: [], pipelineUrl: null })).buttons).toEqual([]);
      });

      test('is edited in place: it says the new and nothing of the old', async () => {
        const ref = await posted();
        const now = waitingCard({
          tone: 'approved',
          status: [text('Approved by Ben Ito')],
          progress: [],
          actions: [],
        });
        expect(await chat.platform.updateCard(whole(ref), 'crd_1', now)).toEqual({ kind: 'sent' });
        const { words, buttons } = chat.read(chat.alice, ref);
        expect(words).toContain('Approved by Ben Ito');
        expect(words).not.toContain('Waiting for your approval');
        expect(buttons).toEqual(['View pipeline']);
        expect(chat.copies(chat.alice)).toBe(1);
      });

      test('goes to a channel as well, where everybody reads it', async () => {
        const ref = await posted({ actions: [] }, room());
        expect(ref.channel).toBe(chat.room);
        for (const reader of [chat.alice, chat.bob])
          expect(chat.read(reader, ref).words).toContain('Deploy to production');
      });

      test('untrusted words stay words: nobody is called by them, nothing leads anywhere', async () => {
        const hostile = {
          title: HOSTILE.slice(0, 100),
          message: HOSTILE,
          facts: [{ name: HOSTILE.slice(0, 60), value: HOSTILE }],
          links: [{ title: HOSTILE, url: 'https://docs.example/page' }],
          warnings: [[text(HOSTILE)]],
          progress: [[text(HOSTILE)]],
          discussion: [[text(HOSTILE)]],
          notes: [[text(HOSTILE)]],
          status: [text(HOSTILE)],
          details: [{ label: 'Asked by', line: [text(HOSTILE)] }],
        };
        const { words, links, called } = chat.read(chat.alice, await posted(hostile));
        for (const said of AS_IT_STANDS) expect(words).toContain(said);
        expect(links.filter((link) => link.includes('evil'))).toEqual([]);
        expect(links).toContain('https://docs.example/page');
        expect(called).toEqual([]);
      });

      test('a line below it is words as well', async () => {
        const ref = await posted({ actions: [] }, room());
        const sent = await chat.platform.postReply(whole(ref), 'crd_1.1', [text(HOSTILE)]);
        expect(sent).toMatchObject({ kind: 'sent', message: expect.any(String) });
        const reply = chat.told(chat.bob).at(-1)!;
        for (const said of AS_IT_STANDS) expect(reply.words).toContain(said);
        expect([reply.links, reply.called]).toEqual([[], []]);
      });
    });

    describe('how a delivery ended', () => {
      const OUTCOMES: [Fault, object][] = [
        ['throttled', { kind: 'throttled', retryAfterMs: 7_000 }],
        ['lost_before', { kind: 'unknown', detail: expect.any(String) }],
        ['lost_after', { kind: 'unknown', detail: expect.any(String) }],
        ['failing', { kind: 'unknown', detail: expect.any(String) }],
        ['unreachable', { kind: 'unreachable', why: expect.stringMatching(/\.$/) }],
        ['refused', { kind: 'refused', detail: expect.stringMatching(/\.$/) }],
      ];

      test.each(OUTCOMES)('of a post: %s', async (fault, outcome) => {
        await posted();
        chat.fault('post', fault);
        const sent = await chat.platform.postCard(person(chat.alice), 'crd_2', waitingCard());
        expect(sent).toMatchObject(outcome);
        // One call is one attempt.
        expect(chat.copies(chat.alice)).toBe(fault === 'lost_after' ? 2 : 1);
      });

      test.each(OUTCOMES)('of an update: %s', async (fault, outcome) => {
        const ref = await posted();
        chat.fault('update', fault);
        const changed = waitingCard({ title: 'Changed', actions: [] });
        expect(await chat.platform.updateCard(whole(ref), 'crd_1', changed)).toMatchObject(outcome);
        expect(chat.read(chat.alice, ref).words.includes('Changed')).toBe(fault === 'lost_after');
      });

      test.each(OUTCOMES)('of a line below the card: %s', async (fault, outcome) => {
        const ref = await posted({ actions: [] }, room());
        chat.fault('post', fault);
        const sent = await chat.platform.postReply(whole(ref), 'crd_1.1', [text('Alice approved')]);
        expect(sent).toMatchObject(outcome);
      });

      test.each(OUTCOMES)('of a notice: %s', async (fault, outcome) => {
        await posted();
        chat.fault('post', fault);
        const to = { externalId: chat.alice, ...place() };
        expect(await chat.platform.postNotice(to, 'ntc_1', page('Not reachable'))).toMatchObject(outcome);
      });

      test('of an update of what is no longer there: gone', async () => {
        const ref = await posted();
        await chat.remove(ref);
        expect(await chat.platform.updateCard(whole(ref), 'crd_1', waitingCard())).toEqual({ kind: 'gone' });
      });

      test('to somebody or somewhere nobody knows: unreachable', async () => {
        const nowhere = {
          ...room(),
          externalId: chat.at.platform === 'slack' ? 'C0NONE' : '19:none@thread.tacv2',
        };
        for (const target of [person('nobody-of-that-name'), nowhere])
          expect(await chat.platform.postCard(target, 'crd_1', waitingCard())).toMatchObject({
            kind: 'unreachable',
          });
      });

      test('to another organization’s people: never brought', async () => {
        const foreign = { ...person(chat.alice), organizationId: chat.at.organizationId + 1 };
        const sent = await chat.platform.postCard(foreign, 'crd_1', waitingCard());
        expect(sent).toMatchObject({ kind: 'unreachable' });
        expect(chat.copies(chat.alice)).toBe(0);
      });

      test('health is in plain words, and no secret is in them', async () => {
        expect(await chat.platform.checkHealth()).toEqual({ ok: true });
        chat.fault('any', 'refused');
        const health = await chat.platform.checkHealth();
        expect(health).toMatchObject({ ok: false, detail: expect.stringMatching(/\.$/) });
        expect(JSON.stringify(health)).not.toMatch(/xoxb|secret-of|Bearer/);
      });
    });

    describe('a press', () => {
      test('names who pressed, whose organization and tenant, the card, its version, and where it is', async () => {
        const ref = await posted();
        const ack = await chat.press(chat.alice, ref, 'Approve');
        expect(ack).toMatchObject({ status: 200 });
        expect(ack.warning).toBeUndefined();
        const press = { ...chat.at, externalId: chat.alice, cardId: 'crd_1', contentVersion: 3, ref };
        expect(chat.acts()).toEqual([{ verb: 'approve', press }]);
      });

      test('in a channel names whoever presses, not whoever the card was drawn for', async () => {
        const ref = await posted({ actions: [{ kind: 'review' }] }, room());
        chat.answer(() => notice('Not yours.'));
        await chat.press(chat.bob, ref, 'Review');
        expect(chat.acts()).toMatchObject([
          { verb: 'openForm', kind: 'review', press: { externalId: chat.bob, ref: { channel: chat.room } } },
        ]);
        expect(chat.told(chat.alice)).toEqual([]);
      });

      test.each<[string, Card['actions'][number], Partial<Act>]>([
        ['Approve', { kind: 'approve', opensForm: true, confirm: '' }, { verb: 'openForm', kind: 'approve' }],
        ['Approve with comment', { kind: 'approve_with_comment' }, { verb: 'openForm', kind: 'approve' }],
        ['Reject', { kind: 'reject' }, { verb: 'openForm', kind: 'reject' }],
        ['Review', { kind: 'review' }, { verb: 'openForm', kind: 'review' }],
        ['Ask a question', { kind: 'ask_question' }, { verb: 'openForm', kind: 'ask_question' }],
        ['Answer', { kind: 'answer_question' }, { verb: 'openForm', kind: 'answer_question' }],
        ['Correct inputs', { kind: 'supply_inputs' }, { verb: 'openForm', kind: 'supply_inputs' }],
        ['Choose the gate', { kind: 'choose_instance' }, { verb: 'openForm', kind: 'choose_instance' }],
        ['Retry delivery', { kind: 'retry_submission' }, { verb: 'retrySubmission' }],
      ])('of %s asks for that and decides nothing else', async (button, action, act) => {
        const ref = await posted({ actions: [action] });
        chat.answer(({ verb }) => (verb === 'approve' ? { kind: 'form', form: FORM } : DONE));
        await chat.press(chat.alice, ref, button);
        const acts = chat.acts();
        expect(acts).toHaveLength(1);
        // Slack’s Approve asks the use case, which hands out the form (it decides what needs one).
        if (button === 'Approve' && acts[0]!.verb === 'approve') expect(chat.form(chat.alice)).toBeDefined();
        else expect(acts).toMatchObject([act]);
      });

      test('answered by done says nothing more than the card does', async () => {
        const ref = await posted();
        await chat.press(chat.alice, ref, 'Approve');
        expect(chat.told(chat.alice)).toEqual([]);
        expect(chat.told(chat.bob)).toEqual([]);
      });

      test('answered by a sentence is told to the presser alone, as plain words', async () => {
        const ref = await posted();
        chat.answer(() => notice(`Bob has decided. ${HOSTILE}`));
        const ack = await chat.press(chat.alice, ref, 'Approve');
        expect(ack).toMatchObject({ status: 200 });
        const heard = [...chat.told(chat.alice), chat.read(chat.alice, ref)].find(({ words }) =>
          words.includes('Bob has decided.'),
        )!;
        for (const said of AS_IT_STANDS) expect(heard.words).toContain(said);
        expect([heard.links.filter((link) => link.includes('evil')), heard.called]).toEqual([[], []]);
        expect(chat.told(chat.bob)).toEqual([]);
      });

      test('that fails inside is answered all the same, without a word of why', async () => {
        const ref = await posted();
        chat.answer(() => Promise.reject(new Error('database is locked')));
        const ack = await chat.press(chat.alice, ref, 'Approve');
        expect(ack).toMatchObject({ status: 200 });
        expect(ack.warning).toBeUndefined();
        const heard = [...chat.told(chat.alice), chat.read(chat.alice, ref)].map(({ words }) => words).join();
        expect(heard).toMatch(/went wrong on our side/);
        expect(heard).not.toContain('locked');
      });

      test.each(['nothing', 'nonsense'] as const)(
        'carrying %s changes nothing, and says so',
        async (carried) => {
          const ref = await posted();
          const before = chat.read(chat.alice, ref);
          expect(await chat.forge(chat.alice, ref, carried)).toMatchObject({ status: 200 });
          expect(chat.acts()).toEqual([]);
          expect(chat.read(chat.alice, ref)).toEqual(before);
          expect(chat.told(chat.alice).at(-1)?.words).toMatch(/does not know this button/);
        },
      );

      test('of a card nobody knows changes nothing', async () => {
        const ref = await posted();
        chat.nowIs(null);
        chat.answer(() => notice('There is no such request.'));
        const before = chat.read(chat.alice, ref);
        await chat.press(chat.alice, ref, 'Approve');
        expect(chat.told(chat.alice).at(-1)?.words).toContain('There is no such request.');
        expect(chat.read(chat.alice, ref)).toEqual(before);
        expect(chat.copies(chat.alice)).toBe(1);
      });

      test('of the link to the pipeline asks nobody anything', async () => {
        await chat.press(chat.alice, await posted(), 'View pipeline');
        expect(chat.acts()).toEqual([]);
      });

      test('is acknowledged in time although the platform is silent', async () => {
        const ref = await posted();
        chat.fault('any', 'silent');
        for (const [button, answer] of [
          ['Approve', notice('Too late.')],
          ['Reject', { kind: 'form', form: FORM } as const],
        ] as const) {
          chat.answer(() => answer);
          const ack = await chat.press(chat.alice, ref, button);
          expect(ack).toMatchObject({ status: 200 });
          expect(ack.ms).toBeLessThan(ACK_MS);
        }
        chat.clearFaults();
      });
    });

    describe('a form', () => {
      async function opened(): Promise<void> {
        const ref = await posted();
        chat.answer(() => ({ kind: 'form', form: FORM }));
        await chat.press(chat.alice, ref, 'Reject');
      }

      test('opens for the presser alone, with what is asked and what it starts with', async () => {
        await opened();
        const form = chat.form(chat.alice)!;
        expect(form.title).toBe('Approve');
        expect(form.words).toContain('payments_deploy, run 214');
        expect(form.fields).toEqual({
          'input-0': { value: 'CHG-1', problem: null },
          'input-1': { value: 'tonight', problem: null },
          comment: { value: '', problem: null },
        });
        expect(chat.form(chat.bob)).toBeUndefined();
      });

      test('brings its fields, the presser and the version it showed; then it is gone', async () => {
        await opened();
        chat.answer(({ verb }) => (verb === 'openForm' ? { kind: 'form', form: FORM } : DONE));
        const ack = await chat.submit(chat.alice, { 'input-0': 'CHG-7', comment: 'Go.' });
        expect(ack).toMatchObject({ status: 200 });
        expect(ack.warning).toBeUndefined();
        const press = { ...chat.at, externalId: chat.alice, cardId: 'crd_1', contentVersion: 3, ref: null };
        expect(chat.acts().at(-1)).toEqual({
          verb: 'submitForm',
          kind: 'approve',
          press,
          values: { 'input-0': 'CHG-7', 'input-1': 'tonight', comment: 'Go.' },
        });
        expect(chat.form(chat.alice)).toBeUndefined();
      });

      test('with something wrong stays open: each sentence at its field, and everything entered', async () => {
        await opened();
        chat.answer(({ verb }) =>
          verb === 'openForm'
            ? { kind: 'form', form: FORM }
            : { kind: 'form_errors', problems: { 'input-0': 'The ticket is closed.', comment: 'Say more.' } },
        );
        await chat.submit(chat.alice, { 'input-0': 'CHG-7', 'input-1': 'now', comment: 'Go.' });
        expect(chat.form(chat.alice)!.fields).toEqual({
          'input-0': { value: 'CHG-7', problem: 'The ticket is closed.' },
          'input-1': { value: 'now', problem: null },
          comment: { value: 'Go.', problem: 'Say more.' },
        });
        chat.answer(({ verb }) => (verb === 'openForm' ? { kind: 'form', form: FORM } : DONE));
        await chat.submit(chat.alice, { 'input-0': 'CHG-8' });
        expect(chat.acts().at(-1)!.values).toMatchObject({
          'input-0': 'CHG-8',
          'input-1': 'now',
          comment: 'Go.',
        });
        expect(chat.form(chat.alice)).toBeUndefined();
      });

      test('that may not decide any more says why, to its reader alone', async () => {
        await opened();
        chat.answer(({ verb }) =>
          verb === 'openForm' ? { kind: 'form', form: FORM } : notice('This changed since you saw it.'),
        );
        expect(await chat.submit(chat.alice, {})).toMatchObject({ status: 200 });
        const heard = [
          ...chat.told(chat.alice).map(({ words }) => words),
          chat.form(chat.alice)?.words ?? '',
        ];
        expect(heard.join()).toContain('This changed since you saw it.');
        expect(chat.told(chat.bob)).toEqual([]);
      });

      test('that fails inside says so without a word of why', async () => {
        await opened();
        chat.answer(() => Promise.reject(new Error('database is locked')));
        const ack = await chat.submit(chat.alice, {});
        expect(ack).toMatchObject({ status: 200 });
        expect(ack.warning).toBeUndefined();
        const heard = [
          ...chat.told(chat.alice).map(({ words }) => words),
          chat.form(chat.alice)?.words ?? '',
        ];
        expect(heard.join()).toMatch(/went wrong on our side/);
        expect(heard.join()).not.toContain('locked');
      });

      test('with a choice brings the id of what was chosen, whatever it is called', async () => {
        const ref = await posted({ actions: [{ kind: 'choose_instance' }] });
        const options = ['a', 'b'].map((nth) => ({
          value: `gate-${nth}`,
          label: `${nth}. ${HOSTILE.slice(0, 60)}`,
          hint: `waiting since ${nth}`,
        }));
        const form = approveForm({
          kind: 'choose_instance',
          fields: [{ key: 'gate', kind: 'choice', label: 'Gate', options }],
        });
        chat.answer(() => ({ kind: 'form', form }));
        await chat.press(chat.alice, ref, 'Choose the gate');
        const { words, fields } = chat.form(chat.alice)!;
        for (const said of ['a. *bold* _it_ <!channel>', 'b. *bold*', 'waiting since b'])
          expect(words).toContain(said);
        expect(fields.gate!.problem).toBeNull();
        chat.answer(() => DONE);
        await chat.submit(chat.alice, { gate: 'gate-b' });
        expect(chat.acts().at(-1)).toMatchObject({
          verb: 'submitForm',
          kind: 'choose_instance',
          values: { gate: 'gate-b' },
        });
      });

      test('of hostile words stays a form of words', async () => {
        const ref = await posted();
        const hostile = approveForm({
          title: HOSTILE,
          intro: HOSTILE,
          note: HOSTILE,
          fields: [
            {
              key: 'input-0',
              kind: 'input',
              input: input(HOSTILE, { description: HOSTILE }),
              value: HOSTILE,
            },
          ],
        });
        chat.answer(() => ({ kind: 'form', form: hostile }));
        await chat.press(chat.alice, ref, 'Reject');
        const form = chat.form(chat.alice)!;
        for (const said of AS_IT_STANDS) expect(form.words).toContain(said);
        expect(form.fields['input-0']!.value).toBe(HOSTILE);
      });
    });

    describe('a command', () => {
      test('is run for whoever typed it, and answered to them alone, in their chat and in a channel', async () => {
        chat.answerCommands((words) => ({ kind: 'page', page: page(`Answer to ${words}`) }));
        for (const [words, where] of [
          ['pending', undefined],
          ['show 14', chat.room],
        ] as const) {
          const ack = await chat.type(chat.alice, words, where);
          expect(ack).toMatchObject({ status: 200 });
          await chat.idle();
          expect(chat.told(chat.alice).at(-1)!.words).toContain(`Answer to ${words}`);
        }
        expect(chat.commands()).toEqual(
          ['pending', 'show 14'].map((words) => ({
            account: { ...chat.at, externalId: chat.alice },
            text: words,
          })),
        );
        expect(
          chat
            .told(chat.bob)
            .map(({ words }) => words)
            .join(),
        ).not.toContain('Answer to');
      });

      test('answered by hostile words says words', async () => {
        chat.answerCommands(() => ({
          kind: 'page',
          page: {
            ...page(HOSTILE.slice(0, 60)),
            intro: [[text(HOSTILE)]],
            sections: [
              {
                title: HOSTILE.slice(0, 60),
                empty: null,
                actions: [],
                items: [{ line: [text(HOSTILE)], details: [[text(HOSTILE)]], actions: [] }],
              },
            ],
          },
        }));
        await chat.type(chat.alice, 'pending');
        await chat.idle();
        const heard = chat.told(chat.alice).at(-1)!;
        for (const said of AS_IT_STANDS) expect(heard.words).toContain(said);
        expect([heard.links, heard.called]).toEqual([[], []]);
      });

      test('that takes long is acknowledged in time, and answered when it is done', async () => {
        const slow = Promise.withResolvers<void>();
        chat.answerCommands(async () => {
          await slow.promise;
          return { kind: 'notice', sentence: 'At last.' };
        });
        const ack = await chat.type(chat.alice, 'connection test');
        expect(ack).toMatchObject({ status: 200 });
        expect(ack.ms).toBeLessThan(ACK_MS);
        expect(chat.told(chat.alice)).toEqual([]);
        slow.resolve();
        await chat.idle();
        expect(chat.told(chat.alice).at(-1)!.words).toContain('At last.');
      });

      test('that fails is one sentence without a word of why', async () => {
        chat.answerCommands(() => Promise.reject(new Error('database is locked')));
        await chat.type(chat.alice, 'pending');
        await chat.idle();
        const heard = chat.told(chat.alice).at(-1)!.words;
        expect(heard).toMatch(/went wrong on our side/);
        expect(heard).not.toContain('locked');
      });
    });

    describe('the directory', () => {
      const organization = () => chat.at.organizationId;

      test('finds somebody by address in any case, and by id', async () => {
        const found = await chat.directory.findByEmail(organization(), ' ALICE@example.com ');
        expect(found).toEqual({
          kind: 'found',
          value: {
            tenant: chat.at.tenant,
            externalId: chat.alice,
            name: 'Alice Amsel',
            email: 'alice@example.com',
            standing: 'member',
          },
        });
        expect(await chat.directory.lookUp({ ...place(), externalId: chat.alice })).toEqual(found);
        expect(await chat.directory.lookUp({ ...place(), tenant: null, externalId: chat.alice })).toEqual(
          found,
        );
      });

      test('finds nobody where there is nobody', async () => {
        for (const email of ['nobody@example.com', 'not an address', ''])
          expect(await chat.directory.findByEmail(organization(), email)).toEqual({ kind: 'missing' });
        expect(await chat.directory.lookUp({ ...place(), externalId: 'nobody' })).toEqual({
          kind: 'missing',
        });
      });

      test.each<DirectoryAccount['standing']>(['guest', 'deactivated', 'bot', 'stranger'])(
        'R13: says that somebody is a %s, where the platform has such',
        async (standing) => {
          const known = chat.newcomer(standing);
          if (!known) return expect(['bot', 'stranger']).toContain(standing);
          expect(await chat.directory.lookUp({ ...place(), externalId: known.id })).toMatchObject({
            kind: 'found',
            value: { standing },
          });
        },
      );

      test.each([
        [
          'unavailable',
          { kind: 'unavailable', retryAfterMs: expect.any(Number), detail: expect.any(String) },
        ],
        ['refused', { kind: 'refused', detail: expect.any(String) }],
      ] as const)('that is %s says so: nobody is missing for that', async (fault, answer) => {
        chat.directoryFault(fault);
        expect(await chat.directory.findByEmail(organization(), 'alice@example.com')).toEqual(answer);
        chat.directoryFault(fault);
        expect(await chat.directory.lookUp({ ...place(), externalId: chat.bob })).toEqual(answer);
      });

      test('knows nothing of another organization', async () => {
        const none = { kind: 'not_connected' };
        const other = organization() + 1;
        expect(await chat.directory.findByEmail(other, 'alice@example.com')).toEqual(none);
        expect(
          await chat.directory.lookUp({ ...place(), organizationId: other, externalId: chat.alice }),
        ).toEqual(none);
      });
    });
  });
}

function page(title: string): Page {
  return { title, intro: [], picture: null, sections: [], notes: [] };
}
