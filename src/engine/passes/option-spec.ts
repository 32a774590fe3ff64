/** The description of a pass's options: the form, the command line, the validator and the types are all made from it. */

interface OptionBase {
  readonly label: string;
  /** One sentence for people who meet the option for the first time. */
  readonly explanation: string;
  /** The page folds `advanced` options away. */
  readonly advanced?: boolean;
}

export interface Choice {
  readonly value: string;
  readonly label: string;
  readonly explanation: string;
}

/** Values besides the choices, as they are typed. */
export interface OtherValues {
  /** The form of a choice as it stands behind the choices: `N:M, with N below M`. */
  readonly form: string;
  isOne(text: string): boolean;
}

interface NumberRange {
  readonly minimum: number;
  readonly maximum: number;
}

export type OptionSpec =
  | (OptionBase & { readonly kind: 'boolean'; readonly default: boolean })
  | (OptionBase &
      NumberRange & {
        readonly kind: 'number';
        readonly default: number;
        readonly step: number;
        /** True for a number from 0 to 1 that reads best as a percentage. */
        readonly isShare?: boolean;
      })
  | (OptionBase & {
      readonly kind: 'choice';
      readonly default: string;
      readonly choices: readonly Choice[];
      /** Absent: nothing but the choices. */
      readonly others?: OtherValues;
      /** Its values are numbers of what the label names, and say how much is done: `4 bits`. */
      readonly isAmount?: boolean;
    })
  | (OptionBase & {
      /** Comma-separated names on the command line. */
      readonly kind: 'list';
      readonly default: readonly string[];
      /** The values that the list may hold. Absent: any (node names). */
      readonly choices?: readonly string[];
    })
  | (OptionBase &
      NumberRange & {
        /** A number for each of some nodes: `conv1=8,fc=4` on the command line. */
        readonly kind: 'map';
        readonly default: Readonly<Record<string, number>>;
        /** The only numbers there are, ascending; absent: any within the range. */
        readonly values?: readonly number[];
      });

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

export type OptionValue = boolean | number | string | readonly string[] | Readonly<Record<string, number>>;
export type OptionValues = Readonly<Record<string, OptionValue>>;

type ValueOf<Spec> = Spec extends { readonly kind: 'boolean' }
  ? boolean
  : Spec extends { readonly kind: 'number' }
    ? number
    : Spec extends { readonly kind: 'choice'; readonly others: OtherValues }
      ? string
      : Spec extends { readonly kind: 'choice'; readonly choices: readonly { readonly value: infer Value }[] }
        ? Value
        : Spec extends { readonly kind: 'list' }
          ? readonly string[]
          : Readonly<Record<string, number>>;

/** The values of options that are described so. */
export type OptionsOf<Specs> = { readonly [Name in keyof Specs]: ValueOf<Specs[Name]> };
