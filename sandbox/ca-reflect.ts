/**
 * The three Reflect metadata functions that @peculiar/x509's injector asks for when it is loaded. The package wants a
 * polyfill ("reflect-metadata" or alike) that it doesn't bring along; these few lines spare a dependency.
 * Must be imported before the package. An existing polyfill stays untouched.
 */

type Store = Map<unknown, unknown>;

interface MetadataReflect {
  defineMetadata?: (key: unknown, value: unknown, target: object) => void;
  getOwnMetadata?: (key: unknown, target: object) => unknown;
  getMetadata?: (key: unknown, target: object) => unknown;
}

const stores = new WeakMap<object, Store>();

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const store = stores.get(target) ?? new Map<unknown, unknown>();
  store.set(key, value);
  stores.set(target, store);
}

function getOwnMetadata(key: unknown, target: object): unknown {
  return stores.get(target)?.get(key);
}

function getMetadata(key: unknown, target: object): unknown {
  for (let at: object | null = target; at; at = Object.getPrototypeOf(at) as object | null) {
    if (stores.get(at)?.has(key)) return stores.get(at)?.get(key);
  }
  return undefined;
}

const reflect = Reflect as MetadataReflect;
if (!reflect.getMetadata) {
  reflect.defineMetadata = defineMetadata;
  reflect.getOwnMetadata = getOwnMetadata;
  reflect.getMetadata = getMetadata;
}
