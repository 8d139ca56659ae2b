import type { Page } from '../approval/page.ts';
import { SENTENCE } from './guard.ts';
import { noticeView } from './modal.ts';
import { openView, updateView } from './open-view.ts';
import { pageMessage, pageModal } from './page-blocks.ts';
import type { PressedButton } from './payloads.ts';
import type { Ear, Voice } from './whisper.ts';

/** Where the answer to a command appears, for one person alone. Nothing here throws; what fails is logged. */
export interface Screen {
  say(sentence: string): Promise<void>;
  show(page: Page): Promise<void>;
}

/** An ephemeral message; `replace`: pages take the place of the one that was pressed. */
export function messageScreen({ tell, whisper }: Voice, ear: Ear, replace: boolean): Screen {
  return {
    say: (sentence) => whisper(ear, sentence),
    show: (page) => tell(ear, pageMessage(page), replace),
  };
}

/** The modal that was pressed in turns into the answer; a sentence comes on top of it. */
export function modalScreen(voice: Voice, button: PressedButton, viewId: string, ear: Ear): Screen {
  const into = viewScreen(voice, viewId, ear);
  return {
    show: into.show,
    async say(sentence) {
      const opened = await openView(voice, button, noticeView(sentence));
      if (!opened.ok) await into.say(sentence);
    },
  };
}

/** A new modal over the Home tab, opened with the answer. */
export function newModalScreen(voice: Voice, button: PressedButton, ear: Ear): Screen {
  return {
    async say(sentence) {
      const opened = await openView(voice, button, noticeView(sentence));
      if (!opened.ok) await voice.whisper(ear, sentence);
    },
    async show(page) {
      const opened = await openView(voice, button, pageModal(page));
      if (!opened.ok) await voice.whisper(ear, opened.sentence);
    },
  };
}

/** A modal that is open and waits for its content. */
export function viewScreen(voice: Voice, viewId: string, ear: Ear): Screen {
  async function put(view: ReturnType<typeof noticeView>, otherwise: string): Promise<void> {
    const problem = await updateView(voice, viewId, view);
    if (problem === null) return;
    const again = problem === 'lost' ? view : noticeView(otherwise);
    if ((await updateView(voice, viewId, again)) !== null) await voice.whisper(ear, otherwise);
  }
  return {
    say: (sentence) => put(noticeView(sentence), sentence),
    show: (page) => put(pageModal(page), SENTENCE.notShown),
  };
}
