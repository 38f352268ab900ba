import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';

type DialogProps = {
  readonly title: string;
  readonly open: boolean;
  readonly onClose: () => void;
  /** Buttons at its foot. */
  readonly actions?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
};

/** A question or a closer look over the page; the browser keeps the focus in it and gives it back. */
export function Dialog(props: DialogProps): JSX.Element {
  const id = useId();
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    if (props.open && !dialog.open) dialog.showModal();
    if (!props.open && dialog.open) dialog.close();
  }, [props.open]);
  return (
    <dialog ref={element} class={props.wide ? 'dialog wide' : 'dialog'} aria-labelledby={id} onClose={props.onClose}>
      {props.open && (
        <>
          <header class="dialog-head">
            <h2 id={id}>{props.title}</h2>
            <button type="button" class="icon-button" aria-label="Close" onClick={() => element.current?.close()}>
              <Icon name="close" />
            </button>
          </header>
          <div class="dialog-body">{props.children}</div>
          {props.actions !== undefined && <footer class="dialog-foot">{props.actions}</footer>}
        </>
      )}
    </dialog>
  );
}
