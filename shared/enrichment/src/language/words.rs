//! Function words by language: the small words that carry no topic and that no text goes without.

/// The function words of one language.
pub(super) struct FunctionWords {
    /// BCP 47.
    pub(super) tag: &'static str,
    /// The words, lower case, separated by a space.
    pub(super) words: &'static str,
}

const fn list(tag: &'static str, words: &'static str) -> FunctionWords {
    FunctionWords { tag, words }
}

/// Every language with its words. Words that mean something in several lists stand in each.
#[rustfmt::skip]
pub(super) const FUNCTION_WORDS: &[FunctionWords] = &[
    list("en", "the of and to in a is that for it was on with as by at from are be this have has had were been will not but they their his her its which who would said after over says into than more about new what when how why you your we our he she could should may amid out off up or can all also make been if there just while first against most other these those them through between during where being under his any only how each get use"),
    list("de", "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über so zum war haben nur oder aber vor zur bis mehr durch man sein wurde vom ihre gegen unter wenn kein keine ich wir neue"),
    list("fr", "le la les de des du et en un une est que qui dans pour pas sur au aux par plus ne se ce il elle avec son sa ses ont été mais sont nous vous à après cette leur ou entre deux selon où comme sans leurs ces cet être fait était contre d l qu"),
    list("es", "el la los las de del y en un una es que por para con no se su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también fue hasta hay han desde son según ha está tras ser dos años contra e ante"),
    list("pt", "o a os as de do da dos das e em um uma é que por para com não se na no nas nos ao à mais mas foi como ou sua seu são pelo pela até também após tem ele ela entre sobre já está sem depois ser quando muito há diz às aos contra num numa"),
    list("it", "il lo la i gli le di del della dei delle e in un una è che per con non si sono da al nel alla più ma come anche ha dal nella su o se dopo tra sul questo questa hanno stato ai degli sulla suo sua chi contro essere dalla dell nell"),
    list("ca", "el la els les de del i en un una és que per amb no es als al més però com ha dels aquest aquesta han seva seu també entre sobre són des fins sense ser hi va tot pels després"),
    list("gl", "o a os as de do da dos das e en un unha é que por para con non se na no ao máis pero foi como ou súa seu son polo pola ata tamén nas nos"),
    list("nl", "de het een en van in is dat op te voor met zijn niet aan die er om ook als door bij naar uit tot over hij zij maar heeft hebben wordt worden was nog dan of wel meer geen ze na deze tegen onder werd naar wat hoe"),
    list("af", "die en van in is het nie met vir op wat dat om te as by sal aan ’n hy was sy ook word deur kan maar uit na hulle oor"),
    list("sv", "och i att det som en på är av för med till den har de inte om ett var från men så efter nu kan vid ska han hon eller sig under över där vara också när mot mellan blir inom ut upp får enligt sin sina hur"),
    list("da", "og i at det som en på er af for med til den har de ikke om et var fra men så efter nu kan ved skal han hun eller sig under over hvor være også når mod mellem bliver blev ud op får ifølge sin sine hvordan efter af mener siger nye"),
    list("nb", "og i at det som en på er av for med til den har de ikke om et var fra men så etter nå kan ved skal han hun eller seg under over hvor være også når mot mellom blir ble ut opp får ifølge sin sine hvordan sier mener nye etter ei"),
    list("is", "og í að er á sem það um til við af en með ekki fyrir hann hún var frá eru hafa hefur þess verið því eftir þegar einnig sé"),
    list("fi", "ja on ei että se oli hän mutta ovat kun myös sen ole joka jos kuin tai nyt niin mukaan sekä jotka vuoden ollut mitä tämä vain jo kanssa ennen jälkeen olisi hänen eivät miten"),
    list("et", "ja on ei et see oli ta aga ka kui mis või siis selle kes nad nende oma pärast veel üle ning nagu tema eest juba"),
    list("lv", "un ir ar ka no par uz kas tā bet arī tas pēc gan vai kā līdz tika šī lai nav pie savu būs tiek"),
    list("lt", "ir kad yra su į iš ne tai kaip bet jis buvo nuo apie už ar dėl jau po prie jie kurie taip tik bus savo metų"),
    list("pl", "i w na z się nie do to że jest o po za od jak ale przez co dla są był przy które który oraz tym jego ze także czy już tego może będzie było ma roku podczas pod"),
    list("cs", "a v na se je že z do s o to i ve za k po jako ale by jsou pro od podle který která které při už jeho nebo také byl ze jen ještě bude jsme letech před není až"),
    list("sk", "a v na sa je že z do s o to i vo za k po ako ale by sú pre od podľa ktorý ktorá ktoré pri už jeho alebo tiež bol zo len ešte bude sme rokov pred nie aj až"),
    list("sl", "in v na je se da za z so ki po pri kot tudi iz ne pa bi bo ali od do še že kar med so ko ter bil bila niso"),
    list("hr", "i u na je se da za s su od o koji koja koje po iz ne kao ali bi te što nije biti ili do samo sve još kako rekao prema prije bio nakon među tko tijekom gdje će"),
    list("sr", "i u na je se da za s su od o koji koja koje po iz ne kao ali bi te što nije ili do samo sve još kako rekao prema pre bio nakon među ko gde tokom će и у на је се да за са су од о који која које по из не као али би што није или до само све још како рекао према пре био након међу ће"),
    list("bs", "i u na je se da za s su od o koji koja koje po iz ne kao ali bi te što nije ili do samo sve još kako rekao prema prije bio nakon među ko gdje tokom će također"),
    list("hu", "a az és hogy nem is egy van ez de meg volt már csak még el mint ha azt szerint után akkor lesz pedig vagy között lehet majd ki aki ami"),
    list("ro", "și de la în a cu pe o un din nu este că pentru mai au ce se prin fost sau după dar fi lui ale al unei unui sunt iar când fără şi între despre ar"),
    list("sq", "dhe në të e i me për nga një që është ka nuk se më janë por ishte do nga si kjo ky duke edhe pas"),
    list("tr", "ve bir bu da de için ile olarak çok daha olan gibi en sonra kadar var ne ise göre ancak oldu değil yeni ki her mi dedi etti olduğunu tarafından"),
    list("az", "və bir bu da də üçün ilə olan çox daha ki deyil sonra görə edib olub kimi həm onun isə ən"),
    list("id", "yang dan di dari untuk dengan pada ini dalam itu tidak akan ke telah oleh juga adalah bahwa karena sebagai tersebut kata bisa ada saat mereka dia para usai jadi lebih sudah"),
    list("ms", "yang dan di dari untuk dengan pada ini dalam itu tidak akan ke telah oleh juga adalah bahawa kerana sebagai tersebut kata boleh ada ketika mereka beliau para berkata kepada serta lebih sudah"),
    list("tl", "ang ng sa na mga ay at si ni para hindi ito kung siya kay nang mula isang may ayon din lang"),
    list("vi", "và của là có cho không được trong một các với người đã này những khi để đến từ tại về ra sẽ vào như sau theo"),
    list("sw", "ya na wa kwa ni katika la za kuwa hii baada lakini hiyo cha vya pia kama yake wake"),
    list("so", "oo ka ku iyo ah waxa in uu la ay waxaa si kale laga"),
    list("ga", "an agus na ar i is go le do a ag sé bhí sí tá nach bhfuil leis"),
    list("cy", "y yn yr a i o ar ei mae wedi am gan bod ac nid oedd hefyd fod"),
    list("eu", "eta da ez bat du dira dute zuen ere baina izan egin dela dituzte zen hori"),
    list("eo", "la de kaj en estas al ke ne por kun ĝi estis sed oni"),
    list("ru", "и в не на что с по как это из за к от о для его но при он был до также который была были после их или уже так только со если может во время все сообщил году"),
    list("uk", "і в не на що з за як це до від про та для його у але при він був після також який була були їх або вже так тільки із якщо може під час щоб є й цього році"),
    list("be", "і ў не на што з за як гэта да ад пра для яго але пры ён быў пасля таксама які была былі іх або ўжо так толькі калі можа каб"),
    list("bg", "и в на не за се че с от да по са като до е това при го след който има ще към още или бе му те във със но които която може няма"),
    list("mk", "и во на не за се дека со од да по се како до е ова при го по кој има ќе кон уште или беше му тие но кои која може нема"),
    list("ar", "في من على إلى أن عن التي الذي مع هذا كان ما لا بعد قال هذه بين خلال ذلك أو كما قد لم وقال حيث كل"),
    list("fa", "در به از که این را با است برای آن یک خود تا کرد بر هم نیز شده شد می‌شود اما گفت وی های می ها"),
    list("ur", "کے میں کی ہے اور کا سے کو نے پر کہ یہ ہیں بھی تھا نہیں اس ان گیا کیا"),
    list("ps", "د په او چې کې له نه سره دی یې کړي شوي ته"),
    list("hi", "के में की है और का से को ने पर कि यह हैं भी था नहीं इस एक लिए गया किया कहा"),
    list("mr", "आणि आहे या ते होते करण्यात आला आली आहेत मध्ये हे तर असे केली केला नाही"),
    list("ne", "छ र मा को का लाई ले भएको गरेको पनि छन् हो भने गर्न यो"),
    list("he", "של את על לא הוא כי עם זה גם אל היא היה או כל אבל בין לאחר אשר"),
    list("yi", "די און פון אין צו איז מיט דער אז האט"),
];
