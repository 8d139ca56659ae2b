import { adminsAddCommand, adminsListCommand, adminsRemoveCommand } from './admins.ts';
import { assignCommand } from './assign.ts';
import { auditCommand } from './audit.ts';
import { cancelCommand } from './cancel.ts';
import { chooseCommand } from './choose.ts';
import type { AccountCommand, Command } from './command.ts';
import { confirmAccountCommand } from './confirm-account.ts';
import { connectionAddCommand, connectionKeyCommand } from './connection-link.ts';
import { connectionPauseCommand, connectionResumeCommand } from './connection-pause.ts';
import { connectionRemoveCommand } from './connection-remove.ts';
import { connectionTestCommand } from './connection-test.ts';
import { connectionsCommand } from './connections.ts';
import { createCommand } from './create-workflow.ts';
import { declineAccountCommand } from './decline-account.ts';
import { deleteCommand } from './delete.ts';
import { editCommand } from './edit-workflow.ts';
import { eventsCommand } from './events.ts';
import { gatesCommand } from './gates.ts';
import { helpCommand } from './help.ts';
import { historyCommand } from './history.ts';
import { listCommand } from './list.ts';
import { managerCommand } from './manager.ts';
import { pendingCommand } from './pending.ts';
import { pipelinesCommand, pipelinesMapCommand, pipelinesUnmapCommand } from './pipelines.ts';
import { policiesCommand } from './policies.ts';
import { reassignCommand } from './reassign.ts';
import { requestCommand } from './request.ts';
import { retryCommand } from './retry.ts';
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
  pendingCommand,
  historyCommand,
  requestCommand,
  cancelCommand,
  retryCommand,
  chooseCommand,
  reassignCommand,
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
  pipelinesCommand,
  pipelinesMapCommand,
  pipelinesUnmapCommand,
  policiesCommand,
  assignCommand,
  managerCommand,
  adminsAddCommand,
  adminsRemoveCommand,
  adminsListCommand,
  gatesCommand,
  connectionsCommand,
  connectionTestCommand,
  connectionAddCommand,
  connectionKeyCommand,
  connectionPauseCommand,
  connectionResumeCommand,
  connectionRemoveCommand,
  auditCommand,
];

/** Commands of accounts that may be nobody's here yet. */
export const ACCOUNT_COMMANDS: readonly AccountCommand[] = [confirmAccountCommand, declineAccountCommand];
