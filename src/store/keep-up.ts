/** Looks again and again whether something is up, and brings it up when it is not; one step at a time. */

export interface KeepUp {
  isUp(): Promise<boolean>;
  bringUp(): Promise<void>;
  /** It could not be looked at or brought up; the next look comes all the same. */
  onFailure(error: unknown): void;
  everyMs: number;
}

/** Returns a function that ends it and waits for the step under way. Does not keep the process alive. */
export function keepUp({ isUp, bringUp, onFailure, everyMs }: KeepUp): () => Promise<void> {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let step: Promise<void> = Promise.resolve();

  const look = async () => {
    try {
      if (!(await isUp()) && !isOver) await bringUp();
    } catch (error) {
      onFailure(error);
    }
    if (!isOver) next();
  };
  const next = () => {
    timer = setTimeout(() => {
      step = look();
    }, everyMs);
    timer.unref();
  };

  next();
  return async () => {
    isOver = true;
    clearTimeout(timer);
    await step;
  };
}
