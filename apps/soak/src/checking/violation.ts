// What a check found: which promise is broken, where, and by what.

export type Invariant =
  | "I1 acknowledged is stored once"
  | "I2 nothing is done that nobody asked for, or twice"
  | "I3 versions have no gaps"
  | "I4 refused is not stored"
  | "I5 the unknown is settled"
  | "I6 real-time order"
  | "I7 reads are folds in their window"
  | "I8 state is the fold"
  | "I9 epochs of a node never go back"
  | "I10 each commit follows the one before"
  | "I11 subscribers are told all that is stored, in order"
  | "I12 transfers keep the sum"
  | "I13 all is live after the faults"
  | "I14 replicas are equal"
  | "I15 processes run until they are ended"
  | "I16 memory does not grow without end"
  | "I17 damage is named";

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  /** The operation that it is about. */
  readonly op?: string;
  /** Where to look in the log. */
  readonly wallet?: string;
  readonly version?: number;
}
