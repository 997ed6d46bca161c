import type { ValueTransformer } from 'typeorm';

/** `bigint` comes from the driver as text; sequences and times stay far below 2^53. */
export const wholeNumber: ValueTransformer = {
  to: (value: number | null): number | null => value,
  from: (value: string | null): number | null => (value === null ? null : Number(value)),
};

/** Names end at 255 characters; what is longer could overflow an entry of an index, and with it stop the projection. */
const COLUMN_TEXT_MAX = 512;

/**
 * Text as a column can hold it: Postgres has no U+0000 (and the driver itself writes a lone surrogate as U+FFFD).
 * Applied to what is stored and to what is searched for, so that no input, however odd, is an error.
 */
export function columnText<Text extends string>(text: Text): Text {
  // The cast to a brand again: a text that is changed here is nobody's name.
  return text.slice(0, COLUMN_TEXT_MAX).replaceAll('\u0000', '\uFFFD') as Text;
}
