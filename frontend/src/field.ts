/** The field app: see `field/app.ts`. It runs inside the shell that the server sends and the phone keeps. */
import "./field/field.css";
import { start } from "./field/app";

class LinliField extends HTMLElement {
  connectedCallback(): void {
    void start(this);
  }
}

customElements.define("linli-field", LinliField);
