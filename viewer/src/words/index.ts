import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { shell } from "./shell";

/** Languages of the screens. */
export const LANGUAGES = ["en", "he"] as const;
export type Language = (typeof LANGUAGES)[number];

/** The words of one part of the screens, in each language. */
export type Words = Record<Language, Record<string, string>>;

const KEPT = "interval.language";

function first(): Language {
  const kept = localStorage.getItem(KEPT) ?? navigator.language.slice(0, 2);
  return LANGUAGES.find((language) => language === kept) ?? "en";
}

/** Which way a language is written. Images are never mirrored. */
export function direction(language: string): "ltr" | "rtl" {
  return language === "he" ? "rtl" : "ltr";
}

function dress(language: string): void {
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
}

void i18next.use(initReactI18next).init({
  lng: first(),
  fallbackLng: "en",
  resources: {},
  defaultNS: "shell",
  interpolation: { escapeValue: false },
});
dress(i18next.language);
i18next.on("languageChanged", (language) => {
  localStorage.setItem(KEPT, language);
  dress(language);
});

/** Adds the words of a part, under its name: each part brings its own when it is loaded. */
export function speak(part: string, words: Words): void {
  for (const language of LANGUAGES) i18next.addResourceBundle(language, part, words[language]);
}

speak("shell", shell);
export { i18next };
