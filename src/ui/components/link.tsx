import type { ComponentChildren, ComponentProps } from 'preact';
import { navigate } from '../lib/location';

/** A link within the application: no reload on a plain click, a true link for every other. */
export function Link({
  href,
  children,
  ...rest
}: { readonly href: string; readonly children?: ComponentChildren } & Omit<ComponentProps<'a'>, 'href'>) {
  const onClick = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a {...rest} href={href} onClick={onClick}>
      {children}
    </a>
  );
}
