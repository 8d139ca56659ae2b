import type { Page } from '../../approval/page.ts';
import type { ChatAccount } from '../chat-commands.ts';

/** What a chat platform does with people whom the app reaches, or no longer reaches, in a chat of their own. */
export interface ChatGreetings {
  /**
   * The app was installed for this account, or came back: its owner is looked up, what waits for them is brought to
   * them there, and they are greeted with the page. May ask a directory; gives no right to anybody (R30).
   */
  installed(account: ChatAccount): Promise<Page>;
  /** The app was taken away from this account: what waits there is looked at again, so that admins learn of it. */
  removed(account: ChatAccount): Promise<void>;
}
