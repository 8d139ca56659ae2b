import { adminsAddCommand, adminsListCommand, adminsRemoveCommand } from './admins.ts';
import { assignCommand } from './assign.ts';
import type { AccountCommand, Command } from './command.ts';
import { createCommand } from './create-workflow.ts';
import { deleteCommand } from './delete.ts';
import { editCommand } from './edit-workflow.ts';
import { eventsCommand } from './events.ts';
import { helpCommand } from './help.ts';
import { listCommand } from './list.ts';
import { managerCommand } from './manager.ts';
import { policiesCommand } from './policies.ts';
import { showCommand } from './show.ts';
import { whyCommand } from './why.ts';
import {
  approversAddCommand,
  approversRemoveCommand,
  subscribersAddCommand,
  subscribersRemoveCommand,
} from './workflow-people.ts';

/** Every command, in the order of `help`. */
export const COMMANDS: readonly Command[] = [
  helpCommand(() => COMMANDS),
  listCommand,
  showCommand,
  createCommand,
  editCommand,
  deleteCommand,
  approversAddCommand,
  approversRemoveCommand,
  subscribersAddCommand,
  subscribersRemoveCommand,
  whyCommand,
  eventsCommand,
  policiesCommand,
  assignCommand,
  managerCommand,
  adminsAddCommand,
  adminsRemoveCommand,
  adminsListCommand,
];

/** Commands of accounts that may be nobody's here yet. */
export const ACCOUNT_COMMANDS: readonly AccountCommand[] = [];
