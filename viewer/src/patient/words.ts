import { speak } from "../words";
import { en } from "./wordsEnglish";
import { he } from "./wordsHebrew";

speak("patient", { en, he });
