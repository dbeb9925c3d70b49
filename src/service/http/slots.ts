/** A count of how many may do something at once. */
export interface Slots {
  /** Undefined when all are taken; else the function that gives the slot back (once). */
  take(): (() => void) | undefined;
}

export function createSlots(most: number): Slots {
  let taken = 0;
  return {
    take() {
      if (taken >= most) return undefined;
      taken += 1;
      let held = true;
      return () => {
        if (held) taken -= 1;
        held = false;
      };
    },
  };
}
