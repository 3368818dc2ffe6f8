/** Pages of rates need nothing but their styles. */
import "./styles/rates.css";
