import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { teamsButtons, teamsPress, teamsSay, teamsWords } from '../helpers/in-teams.ts';
import { ACME, ENTRA, startWorld, type World } from '../helpers/world.ts';

const DEPLOY = 'deploy-to-production';

let world: World;
beforeEach(async () => {
  world = await startWorld({ slack: false, teams: {} });
  await world.load(ACME);
});
afterEach(() => world.close());

describe('with Teams alone', () => {
  test('one of the listed approves, Harness is told once, and every card says so', async () => {
    await world.ask(DEPLOY, 'run1');
    console.log(teamsWords(world, 'alice'));
    console.log(teamsButtons(world, 'alice'));
    const pressed = await teamsPress(world, 'alice', 'Approve');
    console.log(JSON.stringify(pressed).slice(0, 600));
    await world.settle();
    expect(world.harness.effects).toHaveLength(1);
    console.log(teamsWords(world, 'bob'));
    console.log(JSON.stringify(world.teams.typeActivity(ENTRA.alice, 'help')));
    console.log(await teamsSay(world, 'alice', 'help'));
  });
});
