import { autocompletion, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorState, Prec } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';
import { PromQLExtension } from '@prometheus-io/codemirror-promql';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'preact/hooks';

export interface PromqlEditorProps {
  readonly value: string;
  readonly label: string;
  readonly onChange: (text: string) => void;
  readonly onRun: (text: string) => void;
}

/** The page's own colours: readable in both themes. */
const COLORS = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.function(tags.variableName)], class: 'cm-word' },
  { tag: [tags.number, tags.string, tags.bool], class: 'cm-value' },
  { tag: [tags.labelName, tags.propertyName], class: 'cm-name' },
  { tag: tags.comment, class: 'muted' },
]);

/** An editor for PromQL with completion from the stack's own metadata and errors as one types. */
export default function PromqlEditor(props: PromqlEditorProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | undefined>(undefined);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (host.current === null) return undefined;
    const promql = new PromQLExtension().setComplete({ remote: { url: '' } });
    const created = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: latest.current.value,
        extensions: [
          Prec.highest(
            keymap.of([
              { key: 'Mod-Enter', run: (editor) => (latest.current.onRun(editor.state.doc.toString()), true) },
            ]),
          ),
          history(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          syntaxHighlighting(COLORS),
          keymap.of([...completionKeymap, ...historyKeymap, ...defaultKeymap]),
          promql.asExtension(),
          placeholder('PromQL: Ctrl-Enter runs it'),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': latest.current.label }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) latest.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = created;
    return () => created.destroy();
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (editor !== undefined && editor.state.doc.toString() !== props.value)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: props.value } });
  }, [props.value]);
  return <div class="editor" ref={host} />;
}
