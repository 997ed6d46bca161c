import type { ValueTransformer } from 'typeorm';

/** Converts `bigint`, which the driver returns as text. Sequences and times stay far below 2^53. */
export const wholeNumber: ValueTransformer = {
  to: (value: number | null): number | null => value,
  from: (value: string | null): number | null => (value === null ? null : Number(value)),
};

/**
 * Maximum length of text in a column. Names have at most 255 characters. Longer text could exceed the size limit of an
 * index entry and thereby stop the projection.
 */
const COLUMN_TEXT_MAX = 512;

/**
 * Returns text in a form that a column can hold: Postgres has no U+0000 (and the driver writes a lone surrogate as
 * U+FFFD). It is applied to stored text and to search text, so that no input causes an error.
 */
export function columnText<Text extends string>(text: Text): Text {
  // The cast keeps the brand. Text that is changed here is never a valid name.
  return text.slice(0, COLUMN_TEXT_MAX).replaceAll('\u0000', '\uFFFD') as Text;
}
