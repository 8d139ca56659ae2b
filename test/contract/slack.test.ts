import { itIsAChatAdapter } from './chat-adapter.ts';
import { startSlackDriver } from './slack-driver.ts';

itIsAChatAdapter('Slack’s adapter', startSlackDriver);
