import { speak } from "../words";
import { en } from "./wordsEnglish";
import { he } from "./wordsHebrew";

speak("help", { en, he });
