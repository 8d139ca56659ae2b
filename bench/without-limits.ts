import { PER_SECOND } from '../src/harness/pace.ts';
import { POSTS_PER_CHANNEL, SHARED_POSTS_PER_CHANNEL, TIER, type Window } from '../src/slack/pacing.ts';

/*
 * Loaded into the bot before anything else (`node --import`): takes its pace away, so that what is measured is the bot
 * and not what Slack and Harness let through, which is a hundred times less.
 */
const EVER_SO_MANY = 1_000_000_000;
const windows: Window[] = [...Object.values(TIER), POSTS_PER_CHANNEL];
for (const window of windows) Object.assign(window, { calls: EVER_SO_MANY, perMs: 1 });
SHARED_POSTS_PER_CHANNEL.burst = EVER_SO_MANY;
PER_SECOND.calls = 1_000_000;
PER_SECOND.looks = 1_000_000;
