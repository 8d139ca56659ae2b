import { describe, expect, test } from 'vitest';
import { parseAdminCommand } from '../../src/cli/admin-command.ts';
import { WrongUse } from '../../src/cli/command-line.ts';

describe('an admin command', () => {
  test.each([
    [[], { verb: 'help' }],
    [['--help'], { verb: 'help' }],
    [['requests'], { verb: 'requests', status: null, limit: 20 }],
    [['requests', '--status', 'waiting', '--limit', '5'], { verb: 'requests', status: 'WAITING', limit: 5 }],
    [['show', 'apr_1'], { verb: 'show', id: 'apr_1' }],
    [['retry', 'apr_1'], { verb: 'retry', id: 'apr_1' }],
    [['release', 'apr_1'], { verb: 'release', id: 'apr_1' }],
    [
      ['reassign', 'apr_1', 'bob@acme.io', 'carol@acme.io'],
      { verb: 'reassign', id: 'apr_1', from: 'bob@acme.io', to: 'carol@acme.io' },
    ],
    [
      ['reassign', 'apr_1', 'vacant', 'carol@acme.io'],
      { verb: 'reassign', id: 'apr_1', from: null, to: 'carol@acme.io' },
    ],
    [['choose', 'apr_1', 'gate_2'], { verb: 'choose', id: 'apr_1', instanceId: 'gate_2' }],
    [['cancel', 'apr_1'], { verb: 'cancel', id: 'apr_1', reason: '' }],
    [['cancel', 'apr_1', 'wrong', 'branch'], { verb: 'cancel', id: 'apr_1', reason: 'wrong branch' }],
  ])('%j', (argv, command) => {
    expect(parseAdminCommand(argv)).toEqual({ command, as: null });
  });

  test('says who acts, wherever it stands', () => {
    const { as } = parseAdminCommand(['cancel', '--as', ' Dana@Acme.io', 'apr_1']);
    expect(as).toBe('dana@acme.io');
  });
});

describe('what cannot be meant is refused in words', () => {
  test.each([
    [['nonsense'], 'There is no command “nonsense”.'],
    [['--colour', 'red'], "Unknown option '--colour'"],
    [['show'], 'Use it so: show ID'],
    [['reassign', 'apr_x', 'bob@acme.io'], 'Use it so: reassign ID FROM TO'],
    [['requests', '--status', 'OPEN'], '--status is one of WAITING, APPROVED,'],
    [['requests', '--limit', 'all'], '--limit is a whole number from 1 to 500.'],
    [['show', 'apr_x', '--limit', '3'], '--status and --limit go with “requests” only.'],
    [['choose', 'apr_x', 'a/../b'], 'INSTANCE is the id of an approval in Harness'],
  ])('%j', (argv, why) => {
    expect(() => parseAdminCommand(argv)).toThrow(WrongUse);
    expect(() => parseAdminCommand(argv)).toThrow(why);
  });
});
