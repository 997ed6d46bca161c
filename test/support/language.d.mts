/** A sentence, or a declared name, that docs/STYLE.md rules out. `pattern` names the rule in language.mjs. */
export interface LanguageFinding {
  readonly file: string;
  readonly line: number;
  readonly pattern: string;
  readonly sentence: string;
}

export declare function findInText(file: string, text: string): readonly LanguageFinding[];
export declare function findInFolders(folders: readonly string[]): readonly LanguageFinding[];
