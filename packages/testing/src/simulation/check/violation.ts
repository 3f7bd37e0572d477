// Something that was promised and not kept, under the number of reliability's list of invariants.

export type Invariant =
  | "I1 what was acknowledged is stored once"
  | "I2 no command is done twice"
  | "I3 versions have no gap"
  | "I4 what failed for certain is not stored"
  | "I5 a repeat agrees with the first answer"
  | "I6 real-time order"
  | "I7 reads show what was stored, and not too old"
  | "I8 state is the fold of the events"
  | "I9 one writer at a time, each takes over in order"
  | "I10 every commit names the one before it"
  | "I11 subscribers hear all that is stored, in order"
  | "I12 nothing is lost between two accounts"
  | "I13 all is well again soon after the last fault"
  | "I14 no error that nobody expects"
  | "I15 nothing is told before it is stored"
  | "I16 what a turn starts begins once it is stored, and once";

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
}
