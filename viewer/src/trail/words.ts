import { speak } from "../words";

speak("trail", {
  en: {
    title: "How it was made", graph: "The run as a picture: arrow keys follow the edges, Enter opens a step",
    choose: "Choose a step to see what was decided and why.", stage: "Stage", decided: "Decided", why: "Why", what: "What",
    cost: "Computing time", model: "Model", files: "Files", asList: "The same as a list", listCaption: "Steps in their order",
    empty: "There is no run of this study yet.", rules: "The rules that fired", human: "Changes by people",
    noHuman: "No person has changed anything.", report: "Report", patient: "Whole record",
    legend: "✎ marks what a person decided. Double borders are checks and choices of strategy.",
  },
  he: {
    title: "כיצד נוצר", graph: "ההרצה כתרשים: מקשי החצים עוברים לאורך הקווים, Enter פותח שלב",
    choose: "יש לבחור שלב כדי לראות מה הוחלט ומדוע.", stage: "שלב", decided: "הוחלט", why: "מדוע", what: "מה",
    cost: "זמן חישוב", model: "מודל", files: "קבצים", asList: "אותו הדבר כרשימה", listCaption: "השלבים לפי סדרם",
    empty: "אין עדיין הרצה של בדיקה זו.", rules: "הכללים שהופעלו", human: "שינויים שעשו אנשים",
    noHuman: "איש לא שינה דבר.", report: "דוח", patient: "הרשומה המלאה",
    legend: "✎ מסמן מה שאדם החליט. מסגרת כפולה מציינת בדיקות ובחירות אסטרטגיה.",
  },
});
