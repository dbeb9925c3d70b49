/**
 * What a command is: its words for people (help is made of them), the options it takes, and what it does.
 * Options are data, so that reading them, checking them and explaining them cannot disagree.
 */
export type OptionKind = 'flag' | 'text' | 'number' | 'integer';

export interface Option {
  readonly kind: OptionKind;
  readonly about: string;
  /** The value's name in help: `--max N`. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  /** May be given more than once. */
  readonly many?: boolean;
}

export type Options = Readonly<Record<string, Option>>;

export interface Positional {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
}

/** What was given, checked against the options. */
export interface Given {
  readonly positionals: readonly string[];
  text(name: string): string | undefined;
  all(name: string): readonly string[];
  number(name: string): number | undefined;
  flag(name: string): boolean;
}

export interface Command {
  readonly about: string;
  readonly positionals: readonly Positional[];
  readonly options: Options;
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** More to know, below the options. */
  readonly notes?: string;
  /** Resolves with the exit code. */
  run(given: Given): Promise<number>;
}
