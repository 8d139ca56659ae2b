import { describe, expect, it } from 'vitest';
import { inZoneOf } from '../../../src/demo/page/card-times.ts';

const AT = '2026-11-27T14:19:00Z';
const run = (text: string) => ({ type: 'TextRun', text });

describe('the times of a card in the demo', () => {
  it('are written for somebody of that zone', () => {
    const card = {
      body: [{ type: 'RichTextBlock', inlines: [run(`{{DATE(${AT},SHORT)}} {{TIME(${AT})}}`)] }],
    };
    const written = (zone: string) => JSON.stringify(inZoneOf(card, zone)).replaceAll('\u202f', ' ');
    expect(written('Europe/Paris')).toContain('Fri, Nov 27, 2026 3:19 PM');
    expect(written('America/New_York')).toContain('Fri, Nov 27, 2026 9:19 AM');
  });

  it('are looked for in the texts that Teams reads so, and nowhere else', () => {
    const said = `{{TIME(${AT})}}`;
    const others = [
      { type: 'Input.Text', id: 'a', value: said },
      run('{\u200b{TIME(2026-11-27T14:19:00Z)}}'),
      run('{{TIME(soon)}}'),
      { type: 'Action.Submit', title: said, data: { text: said } },
    ];
    expect(inZoneOf(others, 'Europe/Paris')).toEqual(others);
  });
});
