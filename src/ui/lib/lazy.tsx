import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** A component that is loaded when it is first shown; until then its place is kept. */
export function lazy<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  minHeight = 0,
): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [Component, setComponent] = useState(() => loaded);
    useEffect(() => {
      if (loaded === undefined) {
        void load().then((module) => {
          loaded = module.default;
          setComponent(() => module.default);
        });
      }
    }, []);
    return Component === undefined ? (
      <div class="loading" style={{ minHeight: `${minHeight}px` }} aria-busy="true" />
    ) : (
      <Component {...props} />
    );
  };
}
