import { speak } from "../words";
import { type Pairs, tongues } from "./pairs";
import { lists } from "./words.lists";
import { states } from "./words.states";

const pairs: Pairs = {
  sections: ["Parts of the administration", "חלקי הניהול"],
  overview: ["Overview", "מבט כולל"],
  assignments: ["Assignments", "הקצאות"],
  users: ["People", "אנשים"],
  emergencies: ["Emergencies", "גישות חירום"],
  audit: ["Audit log", "יומן ביקורת"],
  peers: ["DICOM peers", "עמיתי DICOM"],
  rules: ["Routing rules", "כללי ניתוב"],
  models: ["Models", "מודלים"],
  jobs: ["Jobs", "משימות"],
  deliveries: ["Deliveries", "משלוחים"],
  notYours: ["This part is not for your role.", "חלק זה אינו לתפקידך."],
  stepUp: ["Changes here need a fresh sign-in. Confirm now, so that nothing is typed twice.", "שינויים כאן דורשים כניסה מחודשת. כדאי לאמת עכשיו, כדי לא להקליד פעמיים."],
  confirm: ["Confirm who you are", "אימות זהות"],
  filter: ["Filter", "סינון"],
  all: ["All", "הכול"],
  more: ["Show more", "להציג עוד"],
  shown: ["{{shown}} of {{total}}", "{{shown}} מתוך {{total}}"],
  never: ["never", "מעולם לא"],
  noEnd: ["no end", "ללא סיום"],
  inDays: ["in {{count}} d", "בעוד {{count}} ימים"],
  daysAgo: ["{{count}} d ago", "לפני {{count}} ימים"],
  today: ["today", "היום"],
  cancel: ["Cancel", "ביטול"],
  retry: ["Try again", "לנסות שוב"],
  release: ["Let it go on", "לשחרר להמשך"],
  actions: ["Actions", "פעולות"],
  done: ["Done.", "בוצע."],
  ...lists,
  ...states,
};

speak("admin", tongues(pairs));
