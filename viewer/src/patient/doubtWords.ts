import { speak } from "../words";

/** Doubts in Hebrew, by kind. In English the node's own sentence is shown. */
speak("doubts", {
  en: {},
  he: {
    missing_series: "לא ניתן להערכה: אין בבדיקה סדרת {{role}}.",
    ambiguous_series: "יותר מסדרה אחת עשויה להיות סדרת {{role}}; נא לציין איזו.",
    mixed_patients: "הבדיקה נושאת שמות של כמה מטופלים שונים; דבר לא נמדד.",
    uneven_slices: "סדרת {{role}} אינה שלמה.",
    unreadable_series: "לא ניתן לקרוא את סדרת {{role}}.",
    poor_registration: "לא ניתן היה ליישר את התמונות במידה מספקת.",
    poor_brain_mask: "לא ניתן היה לתחום את המוח.",
    already_stripped: "התמונות התקבלו ללא הגולגולת.",
    lossy_compression: "סדרת {{role}} נדחסה בדחיסה מאבדת מידע; המדידות עשויות להיות שונות.",
    different_slices: "עובי החתכים שונה בין הבדיקות המושוות.",
    no_measurable_tumour: "אין גידול בר מדידה.",
    implausible: "התוצאה אינה סבירה.",
    object_mismatch: "קובץ תוצאה נכשל בבדיקה לפני שליחה.",
    classical_segmentation: "התיחום נעשה ללא מודל מאומן; קווי המתאר גסים.",
    unverified_rule: "כלל שהופעל יושם על פי מקורות משניים.",
    unsigned_model: "איש ממי שהאתר סומך עליו אינו ערב למודל.",
  },
});
