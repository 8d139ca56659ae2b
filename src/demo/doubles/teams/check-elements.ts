import { isObject } from '../common/json.ts';
import {
  anyObject,
  byType,
  type Check,
  type Fields,
  flag,
  list,
  number,
  oneOf,
  orNull,
  pattern,
  shape,
  text,
  textOr,
  words,
} from './check.ts';
import { actionSet, selectAction, webAddress } from './check-actions.ts';
import { inputKinds } from './check-inputs.ts';

const spacing = oneOf('default', 'none', 'small', 'medium', 'large', 'extraLarge', 'padding');
const horizontal = orNull(oneOf('left', 'center', 'right'));
const vertical = orNull(oneOf('top', 'center', 'bottom'));
const containerStyle = orNull(oneOf('default', 'emphasis', 'good', 'attention', 'warning', 'accent'));
const pixels = pattern(/^\d+(\.\d+)?px$/, 'must be a number of pixels: 80px');

/** Teams draws pictures of the web and small ones that are part of the card; no SVG. */
const picture = pattern(
  /^(https?:\/\/[^\s]+|data:image\/(png|jpe?g|gif);base64,[A-Za-z0-9+/=]+)$/,
  'must be an http(s) address, or a data: picture in PNG, JPEG or GIF',
);

/** An element's name; no other element of the card has it. */
const id: Check = (value, at) => {
  words(value, at);
  if (typeof value !== 'string') return;
  if (at.examination.ids.has(value)) at.report(`the id "${value}" is used twice`);
  at.examination.ids.add(value);
};

const fallback: Check = (value, at) => {
  if (value !== 'drop') element(value, at);
};

const COMMON: Fields = {
  type: text,
  id,
  isVisible: flag,
  separator: flag,
  spacing,
  height: oneOf('auto', 'stretch'),
  requires: anyObject,
  fallback,
};

const TEXT: Fields = {
  color: orNull(oneOf('default', 'dark', 'light', 'accent', 'good', 'warning', 'attention')),
  fontType: orNull(oneOf('default', 'monospace')),
  isSubtle: orNull(flag),
  size: orNull(oneOf('default', 'small', 'medium', 'large', 'extraLarge')),
  weight: orNull(oneOf('default', 'lighter', 'bolder')),
};

export const backgroundImage: Check = textOr(
  shape(
    { url: picture },
    {
      type: oneOf('BackgroundImage'),
      fillMode: oneOf('cover', 'repeatHorizontally', 'repeatVertically', 'repeat'),
      horizontalAlignment: horizontal,
      verticalAlignment: vertical,
    },
  ),
);

const BOX: Fields = {
  style: containerStyle,
  verticalContentAlignment: vertical,
  bleed: flag,
  backgroundImage,
  minHeight: pixels,
  rtl: orNull(flag),
  selectAction,
};

const textRun: Check = textOr(
  shape(
    { type: oneOf('TextRun'), text },
    { ...TEXT, italic: flag, strikethrough: flag, highlight: flag, underline: flag, selectAction },
  ),
);

const width: Check = (value, at) => {
  if (typeof value === 'number' && value > 0) return;
  pattern(/^(auto|stretch|\d+(\.\d+)?(px)?)$/, 'must be auto, stretch, a weight or pixels')(value, at);
};

const column = shape(
  {},
  {
    ...BOX,
    type: oneOf('Column'),
    items: list((value, at) => element(value, at)),
    width,
    separator: flag,
    spacing,
    id,
    isVisible: flag,
    requires: anyObject,
    fallback: (value, at) => {
      if (value !== 'drop') column(value, at);
    },
  },
);

const image = shape(
  { url: picture },
  {
    ...COMMON,
    altText: text,
    backgroundColor: text,
    height: pattern(/^(auto|stretch|\d+px)$/, 'must be auto, stretch or pixels'),
    width: pixels,
    horizontalAlignment: horizontal,
    selectAction,
    size: oneOf('auto', 'stretch', 'small', 'medium', 'large'),
    style: oneOf('default', 'person'),
  },
);

const cell = shape({ items: list((value, at) => element(value, at)) }, { ...BOX, type: oneOf('TableCell') });
const row = shape(
  {},
  {
    type: oneOf('TableRow'),
    cells: list(cell),
    style: containerStyle,
    horizontalCellContentAlignment: horizontal,
    verticalCellContentAlignment: vertical,
  },
);

const ELEMENTS: Fields = {
  TextBlock: shape(
    { text },
    {
      ...COMMON,
      ...TEXT,
      horizontalAlignment: horizontal,
      maxLines: number,
      wrap: flag,
      style: orNull(oneOf('default', 'heading')),
    },
  ),
  RichTextBlock: shape(
    { inlines: list(textRun, Number.POSITIVE_INFINITY, 1) },
    { ...COMMON, horizontalAlignment: horizontal },
  ),
  Image: image,
  ImageSet: shape(
    { images: list(image) },
    { ...COMMON, imageSize: oneOf('auto', 'stretch', 'small', 'medium', 'large') },
  ),
  Media: shape(
    { sources: list(shape({ mimeType: text, url: webAddress }, { type: oneOf('MediaSource') })) },
    { ...COMMON, poster: picture, altText: text },
  ),
  FactSet: shape({ facts: list(shape({ title: text, value: text }, { type: oneOf('Fact') })) }, COMMON),
  ActionSet: shape({ actions: actionSet }, COMMON),
  Container: shape({ items: list((value, at) => element(value, at)) }, { ...COMMON, ...BOX }),
  ColumnSet: shape(
    {},
    {
      ...COMMON,
      columns: list(column),
      selectAction,
      style: containerStyle,
      bleed: flag,
      minHeight: pixels,
      horizontalAlignment: horizontal,
    },
  ),
  Table: shape(
    {},
    {
      ...COMMON,
      columns: list(
        shape(
          {},
          {
            type: oneOf('TableColumnDefinition'),
            width,
            horizontalCellContentAlignment: horizontal,
            verticalCellContentAlignment: vertical,
          },
        ),
      ),
      rows: list(row),
      firstRowAsHeader: flag,
      showGridLines: flag,
      gridStyle: containerStyle,
      horizontalCellContentAlignment: horizontal,
      verticalCellContentAlignment: vertical,
    },
    (value, at) => {
      const wide = Array.isArray(value.columns) ? value.columns.length : 0;
      const rows = Array.isArray(value.rows) ? value.rows : [];
      for (const [index, entry] of rows.entries())
        if (isObject(entry) && Array.isArray(entry.cells) && entry.cells.length > wide)
          at.child('rows').child(index).report(`has more cells than the table has columns`);
    },
  ),
  ...inputKinds(COMMON),
};

/** One element of a card's body. */
export const element: Check = byType(() => ELEMENTS);
