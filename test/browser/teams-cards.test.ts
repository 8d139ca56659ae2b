import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { text } from '../../src/approval/card.ts';
import { cardView } from '../../src/teams/card-view.ts';
import { chooseView } from '../../src/teams/choose-view.ts';
import { editorView } from '../../src/teams/editor-view.ts';
import { formView } from '../../src/teams/form-view.ts';
import { noticeView } from '../../src/teams/notice-view.ts';
import { pageView } from '../../src/teams/page-view.ts';
import {
  approveForm,
  opensForm,
  reviewForm,
  STATES,
  waitingCard,
  workflowEditor,
  workflowsPage,
} from '../teams/samples.ts';
import { skipsLoudly } from './opened-demo.ts';
import { Pictures } from './pictures.ts';
import { type Drawing, TeamsBoard } from './teams-board.ts';

const MRI = ['29:1Q_ben-4hZ8kP'];
const card = (name: keyof typeof STATES, as: string = name): Drawing => ({
  name: as,
  card: cardView(STATES[name], name === 'channel base' ? ['29:1Q_ben-4hZ8kP', '29:1Q_mia-7tR2wX'] : MRI),
});
const dialog = (name: string, { title, card: drawn }: ReturnType<typeof formView>): Drawing => ({
  name,
  card: drawn,
  dialog: title,
});

const own = waitingCard({ actions: [{ kind: 'approve', opensForm: true, confirm: '' }, { kind: 'reject' }] });
const corrected = formView(
  approveForm(),
  { 'input-0': 'now', 'input-1': 'eu', 'input-2': 'CHG-x' },
  { 'input-2': 'Does not have the form CHG-\\d+' },
);

const DRAWINGS = {
  waiting: card('waiting', 'An approver’s own card'),
  inputs: card('with inputs', 'With inputs'),
  allOf: card('all of, in progress', 'All of: in progress'),
  approved: card('approved', 'Approved'),
  rejected: card('rejected', 'Rejected'),
  trouble: card('not delivered', 'Not delivered'),
  channel: card('channel base', 'In a channel, to everybody'),
  decider: { name: 'In the channel, to one who may decide', card: cardView(own, MRI) },
  told: {
    name: 'Somebody else was quicker',
    card: cardView(STATES.approved, MRI, 'Ben Ito decided before you: nothing was changed.'),
  },
  form: dialog('Dialog: approve', formView(approveForm())),
  errors: dialog('Dialog: what is wrong stands where it is wrong', corrected),
  review: dialog('Dialog: review', formView(reviewForm())),
  choose: dialog('Dialog: what waits for you', chooseView([STATES.waiting, STATES['all of, in progress']])),
  editor: dialog('Dialog: workflow', editorView(workflowEditor())),
  editorErrors: dialog(
    'Dialog: workflow, not saved yet',
    editorView(workflowEditor({ preview: [] }), { approvers: 'Name at least one approver.' }),
  ),
  page: { name: 'The answer to a command', card: pageView(workflowsPage(), opensForm) },
  notice: { name: 'A notice', card: noticeView('There is no workflow 99. Send “list” to see them all.') },
} as const satisfies Record<string, Drawing>;

describe.skipIf(skipsLoudly())('Teams’ cards in the official renderer', () => {
  let board: TeamsBoard;
  let pictures: Pictures;

  beforeAll(async () => {
    board = await TeamsBoard.open();
    pictures = await Pictures.open();
  });
  afterAll(() => board?.close());

  async function show(name: string, columns: Drawing[][], width: number): Promise<void> {
    const drawn = await board.draw(columns, ['light', 'dark'], width);
    expect(await board.overflowing()).toEqual([]);
    expect(board.troubles).toEqual([]);
    await pictures.take(name, drawn);
  }

  it('shows a request to approvers, in a channel, and decided; light and dark', async () => {
    const { waiting, allOf, approved, rejected, trouble, told } = DRAWINGS;
    await show(
      'teams-cards',
      [
        [waiting, approved],
        [allOf, rejected],
      ],
      400,
    );
    await show(
      'teams-channel',
      [
        [DRAWINGS.channel, told],
        [DRAWINGS.decider, trouble],
      ],
      400,
    );
  });

  it('shows forms with what is wrong in them, the review and the workflow form', async () => {
    const { errors, review, editor, choose } = DRAWINGS;
    await show('teams-dialogs', [[errors, choose], [review], [editor]], 380);
  });

  it('shows the answers to commands', async () => {
    await show('teams-page', [[DRAWINGS.page, DRAWINGS.notice]], 620);
  });

  it('fits into 300 pixels, every one of them', async () => {
    const all = Object.values(DRAWINGS);
    const columns = [0, 1, 2, 3, 4].map((column) => all.filter((_one, index) => index % 5 === column));
    await board.draw(columns, ['light'], 300);
    expect(await board.overflowing()).toEqual([]);
    const { waiting, errors, page } = DRAWINGS;
    await show('teams-narrow', [[waiting], [errors], [page]], 300);
  });

  it('fits long words without a blank, which are broken', async () => {
    const long = 'x'.repeat(300);
    const wide = waitingCard({
      title: long,
      status: [text(long)],
      message: long,
      details: [{ label: long, line: [text(long)] }],
      facts: [{ name: long, value: long }],
      links: [{ title: long, url: `https://${'a'.repeat(60)}.${'b'.repeat(60)}.example/` }],
      notes: [[text(long)]],
    });
    await board.draw([[{ name: 'long words', card: cardView(wide, MRI) }]], ['light'], 300);
    expect(await board.overflowing()).toEqual([]);
  });

  it('says what is written, as it is written', async () => {
    const words = '**bold** [link](https://evil.example) {{DATE(2026-11-22T15:00:00Z,SHORT)}} <b>tag</b>';
    const card = cardView(waitingCard({ title: words, message: words }), MRI);
    const drawn = await board.draw([[{ name: 'words', card }]], ['light'], 400);
    const said = (await drawn.textContent()) ?? '';
    expect(said.replaceAll('\u2060', '').split(words)).toHaveLength(3);
    expect(await drawn.locator('b, strong, a[href*=evil]').count()).toBe(0);
  });
});
