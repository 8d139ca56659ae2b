import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lineText } from '../../src/approval/card.ts';
import type { Argument, Caller, Command, CommandOutcome } from '../../src/commands/command.ts';
import { createCommand } from '../../src/commands/create-workflow.ts';
import { editCommand } from '../../src/commands/edit-workflow.ts';
import { whyCommand } from '../../src/commands/why.ts';
import { personById } from '../../src/store/people.ts';
import { createPolicy } from '../../src/usecases/workflows/manage-policies.ts';
import { accepted, adminOf, personId } from '../helpers/management.ts';
import { accountOf, idBySlug, meet } from '../helpers/workflow-forms.ts';
import { ACME, STAFF, type StaffName, startWorld, type World } from '../helpers/world.ts';

let world: World;

beforeEach(async () => {
  world = await startWorld();
  await world.load(ACME);
  await meet(world, 'ada', 'alice', 'bob', 'dana', 'maria', 'sam');
});
afterEach(() => world.close());

async function run(command: Command, name: StaffName, ...typed: string[]): Promise<CommandOutcome> {
  const { context } = world.app;
  const id = await personId(world, name);
  const person = (await personById(context.db, id))!;
  const caller: Caller = {
    account: accountOf(world, name),
    person,
    principal: adminOf(world, { role: person.role, personId: id, tokenId: 'chat', via: 'slack' }),
  };
  const args = typed.map((text): Argument => {
    const mentioned = /^@(\w+)$/.exec(text)?.[1] as StaffName | undefined;
    return mentioned ? { kind: 'person', externalId: STAFF[mentioned], text } : { kind: 'word', text };
  });
  return command.run({ context, caller, args });
}

async function page(...typed: Parameters<typeof run>) {
  const outcome = await run(...typed);
  if (outcome.kind !== 'page') throw new Error(JSON.stringify(outcome));
  return outcome.page;
}

describe('why', () => {
  test('a member asks for themselves, by slug, name or id', async () => {
    const id = String(await idBySlug(world, 'events', 'deploy-to-production'));
    for (const words of [['deploy-to-production'], ['Deploy', 'to', 'production'], [id]]) {
      const { title, intro, sections } = await page(whyCommand, 'dana', ...words);
      expect(title).toBe('Who would be asked: Deploy to production');
      expect(intro.map(lineText)).toEqual([
        'When Dana asks, any one of these decides: Alice (listed), Bob (listed).',
      ]);
      expect(
        sections.flatMap(({ items, actions }) => [...items.map(({ line }) => lineText(line)), ...actions]),
      ).toEqual(['Alice (listed)', 'Bob (listed)', 'Told: Sam.', 'Policy: Standard, the default.']);
    }
  });

  test('for another requester; an admin may go on to edit', async () => {
    const { intro, sections } = await page(whyCommand, 'ada', 'database-migration', '@dana');
    expect(lineText(intro[0]!)).toBe(
      'When Dana asks, all of these must approve: Alice (listed), Bob (listed), Maria (Dana’s manager).',
    );
    expect(sections.flatMap(({ actions }) => actions)).toEqual([
      { kind: 'command', label: 'Edit workflow', command: expect.stringMatching(/^edit \d+$/) },
    ]);
  });

  test('says what is wrong, and what was probably meant', async () => {
    const sentence = async (...typed: string[]) => {
      const outcome = await run(whyCommand, 'dana', ...typed);
      return 'sentence' in outcome ? outcome.sentence : outcome.kind;
    };
    expect(await sentence()).toMatch(/^Which event\?/);
    expect(await sentence('rolback')).toMatch(
      /^There is no event “rolback”. Did you mean “(rollback|Rollback)”\?/,
    );
    expect(await sentence('rollback', '@dana-reyes')).toMatch(/^“@dana-reyes” is only text: /);
    expect(await sentence('rollback', '@dana', '@sam')).toBe('Whose request? Name one person at most.');
  });
});

describe('create and edit', () => {
  test('create opens an empty form, or one with event and policy chosen', async () => {
    accepted(await createPolicy(world.app.context, adminOf(world), { name: 'Very strict' }));
    const [event, standard, strict] = [
      await idBySlug(world, 'events', 'deploy-to-production'),
      await idBySlug(world, 'approval_policies', 'standard'),
      await idBySlug(world, 'approval_policies', 'very-strict'),
    ];
    for (const [typed, eventId, policyId] of [
      [[], null, standard],
      [['deploy-to-production'], event, standard],
      [['Deploy', 'to', 'production'], event, standard],
      [['deploy-to-production', 'very-strict'], event, strict],
      [['Deploy', 'to', 'production', 'Very', 'strict'], event, strict],
    ] as const)
      expect(await run(createCommand, 'ada', ...typed)).toMatchObject({
        kind: 'editor',
        editor: { workflowId: null, values: { eventId, policyId } },
      });
    expect(await run(createCommand, 'ada', 'rolback')).toMatchObject({
      kind: 'wrong',
      sentence: expect.stringMatching(/^There is no event “rolback”. Did you mean/),
    });
    expect(await run(createCommand, 'ada', 'rollback', 'standart')).toMatchObject({
      kind: 'wrong',
      sentence: expect.stringMatching(
        /^There is no approval policy “standart”. Did you mean “(S|s)tandard”\?/,
      ),
    });
  });

  test('edit opens the workflow of that number', async () => {
    expect(await run(editCommand, 'ada', '#1')).toMatchObject({ kind: 'editor', editor: { workflowId: 1 } });
    for (const typed of [[], ['x'], ['1', '2'], ['@dana']])
      expect(await run(editCommand, 'ada', ...typed)).toMatchObject({ kind: 'wrong' });
    expect(await run(editCommand, 'ada', '99')).toMatchObject({ kind: 'notice' });
  });

  test('neither asks Slack, and neither opens for a member', async () => {
    const calls = world.slack.calls.length;
    expect(await run(createCommand, 'dana')).toMatchObject({ kind: 'notice' });
    expect(await run(editCommand, 'dana', '1')).toEqual({
      kind: 'notice',
      sentence: 'Only an admin may change this.',
    });
    await run(createCommand, 'ada', 'deploy-to-production');
    expect(world.slack.calls).toHaveLength(calls);
  });
});
