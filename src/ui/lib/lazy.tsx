import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Loading } from '../components/loading';

/** A component that is loaded when it is first shown; until then its place is kept. */
export function lazy<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  minHeight = 0,
): ComponentType<P> {
  let loaded: ComponentType<P> | undefined;
  return function Lazy(props: P) {
    const [Component, setComponent] = useState(() => loaded);
    const [failed, setFailed] = useState(false);
    useEffect(() => {
      // Another place may have loaded it between this one's first rendering and now.
      if (loaded !== undefined) return setComponent(() => loaded);
      load().then(
        (module) => {
          loaded = module.default;
          setComponent(() => module.default);
        },
        () => setFailed(true),
      );
    }, []);
    // The stack was updated under an open page: the files of the old version are gone.
    if (failed)
      return (
        <p class="notice row" role="alert">
          This part of the page could not be loaded.
          <button class="button" type="button" onClick={() => window.location.reload()}>
            Reload
          </button>
        </p>
      );
    return Component === undefined ? <Loading height={minHeight} /> : <Component {...props} />;
  };
}
