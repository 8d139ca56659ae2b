import { afterEach, beforeEach, expect, test } from 'vitest';
import { token } from '../helpers/principals.ts';
import { ACME, email, startWorld, WEBHOOK_TOKEN, type World } from '../helpers/world.ts';

const EVENT = 'deploy-to-production';

let world: World;
beforeEach(async () => {
  world = await startWorld({ env: { WEBHOOK_RATE_LIMIT: '3/60' } });
  await world.load(ACME);
});
afterEach(() => world.close());

function post(run: string, secret = WEBHOOK_TOKEN) {
  return fetch(`${world.url}/hooks/harness/${EVENT}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${secret}`,
    },
    body: JSON.stringify(world.webhook(run)),
  });
}

const asked = async () =>
  (await world.app.context.db.selectFrom('approval_requests').select('execution_id').execute()).map(
    ({ execution_id }) => execution_id,
  );

test('a pipeline in a loop is told to wait, nothing of it is kept, and others are not held up', async () => {
  world.run('run1');
  for (let nth = 0; nth < 3; nth += 1) expect((await post('run1')).status).toBe(nth === 0 ? 202 : 200);
  world.run('run2');
  const refused = await post('run2');
  expect(refused.status).toBe(429);
  expect(refused.headers.get('retry-after')).toBe('20');
  expect(await refused.json()).toEqual({
    code: 'too_many_requests',
    message: 'Too many requests. Try again in 20 seconds.',
  });
  expect(await asked()).toEqual(['run1']);

  const other = await token(world, { email: email('ada') }, 'pipeline');
  world.run('run3');
  expect((await post('run3', other.secret)).status).toBe(202);

  world.clock.advance(20_000);
  expect((await post('run2')).status).toBe(202);
  expect((await asked()).sort()).toEqual(['run1', 'run2', 'run3']);
});

test('a bad token spends nobody’s turns', async () => {
  world.run('run1');
  for (let nth = 0; nth < 5; nth += 1) expect((await post('run1', 'x'.repeat(30))).status).toBe(401);
  expect((await post('run1')).status).toBe(202);
});
