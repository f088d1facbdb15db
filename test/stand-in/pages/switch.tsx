/** A stand-in switch as a form: ../browser/pages/switches.ts sends it as JSON and shows the result beside the button. */
import type { Child } from "hono/jsx";

/** One switch and its settings. `question`, if given, must be confirmed first. */
export function Switch(props: {
  action: string;
  title: string;
  button: string;
  question?: string;
  children: Child;
}) {
  const { action, title, button, question, children } = props;
  return (
    <form
      class="switch"
      data-switch={action}
      {...(question === undefined ? {} : { "data-question": question })}
    >
      <h3>{title}</h3>
      {children}
      <div class="switch-end">
        <button>{button}</button>
        <output></output>
      </div>
    </form>
  );
}

/** A choice within a switch, sent as text unless it is a number (`isNumber`) or a boolean (`isFlag`). */
export function Choice(props: {
  name: string;
  label: string;
  options: Record<string, string>;
  isNumber?: boolean;
  isFlag?: boolean;
}) {
  const { name, label, options, isNumber = false, isFlag = false } = props;
  return (
    <label>
      {label}
      <select
        name={name}
        {...(isNumber ? { "data-number": true } : {})}
        {...(isFlag ? { "data-flag": true } : {})}
      >
        {Object.entries(options).map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}
