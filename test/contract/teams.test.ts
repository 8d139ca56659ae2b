import { itIsAChatAdapter } from './chat-adapter.ts';
import { startTeamsDriver } from './teams-driver.ts';

itIsAChatAdapter('Teams’ adapter', startTeamsDriver);
