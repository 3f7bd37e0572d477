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
  | "I12 transfers keep the sum"
  | "I13 all is live after the faults";

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}
