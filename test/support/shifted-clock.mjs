/**
 * `--import` this and the process takes the time for another one: CLOCK_SHIFT_MS later (or earlier), as on a machine whose
 * clock is wrong. Timers keep their pace, as they do there.
 */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS ?? 0);
const Right = Date;

globalThis.Date = new Proxy(Right, {
  construct: (target, given, made) =>
    Reflect.construct(target, given.length === 0 ? [Right.now() + shiftMs] : given, made),
  apply: () => new Right(Right.now() + shiftMs).toString(),
  get: (target, name, receiver) => (name === 'now' ? () => Right.now() + shiftMs : Reflect.get(target, name, receiver)),
});
