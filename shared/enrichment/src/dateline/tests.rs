use wiredesk_model::Block;

use super::{dateline, dateline_of, leading_credit};

/// Paragraph, dateline, place, agency.
type Case = (
    &'static str,
    &'static str,
    &'static str,
    Option<&'static str>,
);

#[rustfmt::skip]
const DATELINES: &[Case] = &[
    // English
    ("WASHINGTON (AP) — The senators met on Monday.", "WASHINGTON (AP)", "WASHINGTON", Some("AP")),
    ("WASHINGTON (AP) - The senators met.", "WASHINGTON (AP)", "WASHINGTON", Some("AP")),
    ("WASHINGTON (AP) _ The senators met.", "WASHINGTON (AP)", "WASHINGTON", Some("AP")),
    ("WASHINGTON (AP) -- The senators met.", "WASHINGTON (AP)", "WASHINGTON", Some("AP")),
    ("LONDON (Reuters) - Oil fell.", "LONDON (Reuters)", "LONDON", Some("Reuters")),
    ("LONDON, Aug 30 (Reuters) - Oil fell.", "LONDON, Aug 30 (Reuters)", "LONDON", Some("Reuters")),
    ("HAYWARD, Calif. (AP) — Two people died.", "HAYWARD, Calif. (AP)", "HAYWARD, Calif.", Some("AP")),
    ("COLUMBIA, S.C. (AP) — About a dozen owners came.", "COLUMBIA, S.C. (AP)", "COLUMBIA, S.C.", Some("AP")),
    ("BUFFALO, N.Y. — Hours before the game, he spoke.", "BUFFALO, N.Y.", "BUFFALO, N.Y.", None),
    ("DUBAI, United Arab Emirates — The carrier ordered 30 jets.", "DUBAI, United Arab Emirates", "DUBAI, United Arab Emirates", None),
    ("MADRID — The striker kept hopes alive.", "MADRID", "MADRID", None),
    ("PUTRAJAYA, Nov 22 - The minister said so.", "PUTRAJAYA, Nov 22", "PUTRAJAYA", None),
    ("KYIV, Aug. 30 (Interfax) — The power is back.", "KYIV, Aug. 30 (Interfax)", "KYIV", Some("Interfax")),
    ("NEW DELHI: The court ruled on Monday.", "NEW DELHI", "NEW DELHI", None),
    ("New Delhi, Aug 30 (PTI) The court ruled on Monday.", "New Delhi, Aug 30 (PTI)", "New Delhi", Some("PTI")),
    ("KUALA LUMPUR, Aug 30 (Bernama) -- The ringgit rose.", "KUALA LUMPUR, Aug 30 (Bernama)", "KUALA LUMPUR", Some("Bernama")),
    ("BEIJING, Aug. 30 (Xinhua) -- China said so.", "BEIJING, Aug. 30 (Xinhua)", "BEIJING", Some("Xinhua")),
    ("UNITED NATIONS (AP) — The council met.", "UNITED NATIONS (AP)", "UNITED NATIONS", Some("AP")),
    ("STOCKHOLM, Aug 29, 2026 (AFP) - The bank cut rates.", "STOCKHOLM, Aug 29, 2026 (AFP)", "STOCKHOLM", Some("AFP")),
    ("LOS ANGELES (AP) — “To me,” he said, “it is no goal.”", "LOS ANGELES (AP)", "LOS ANGELES", Some("AP")),
    ("SALT LAKE CITY—The snow came early.", "SALT LAKE CITY", "SALT LAKE CITY", None),
    ("ST. LOUIS (AP) — The arch is closed.", "ST. LOUIS (AP)", "ST. LOUIS", Some("AP")),
    ("LONDON/PARIS, Aug 30 (Reuters) - Shares rose.", "LONDON/PARIS, Aug 30 (Reuters)", "LONDON/PARIS", Some("Reuters")),
    ("SEOUL, Nov 26 AFP - The company sold stakes.", "SEOUL, Nov 26 AFP", "SEOUL", Some("AFP")),
    ("GREENVALE, Monday (Reuters) - It rained.", "GREENVALE, Monday (Reuters)", "GREENVALE", Some("Reuters")),
    // German
    ("Berlin (dpa) - Der Bundestag stimmt ab.", "Berlin (dpa)", "Berlin", Some("dpa")),
    ("Potsdam (dpa/bb) - Der Landtag stimmt ab.", "Potsdam (dpa/bb)", "Potsdam", Some("dpa")),
    ("Tel Aviv/Beirut (dpa) - Die Lage ist ruhig.", "Tel Aviv/Beirut (dpa)", "Tel Aviv/Beirut", Some("dpa")),
    ("Frankfurt/Main (Reuters) - Der Dax steigt.", "Frankfurt/Main (Reuters)", "Frankfurt/Main", Some("Reuters")),
    ("Wien (APA) – Die Regierung tagt.", "Wien (APA)", "Wien", Some("APA")),
    ("Hamburg, 12. August (dpa) – Es regnet.", "Hamburg, 12. August (dpa)", "Hamburg", Some("dpa")),
    ("Wien – Die Regierung tagt am Montag.", "Wien", "Wien", None),
    ("Waghäusel (dpa) - Zwei Züge standen still.", "Waghäusel (dpa)", "Waghäusel", Some("dpa")),
    ("Halle an der Saale (dpa) - Es brennt.", "Halle an der Saale (dpa)", "Halle an der Saale", Some("dpa")),
    // French
    ("Paris (AFP) - Le gouvernement a tranché.", "Paris (AFP)", "Paris", Some("AFP")),
    ("PARIS, 30 août 2026 (AFP) - Le gouvernement a tranché.", "PARIS, 30 août 2026 (AFP)", "PARIS", Some("AFP")),
    ("Paris, le 30 août (AFP) – Le gouvernement a tranché.", "Paris, le 30 août (AFP)", "Paris", Some("AFP")),
    ("Paris, France | AFP | mardi 30/08/2026 - Le gouvernement a tranché.", "Paris, France | AFP | mardi 30/08/2026", "Paris, France", Some("AFP")),
    ("LA HAYE (Reuters) - La Cour a tranché.", "LA HAYE (Reuters)", "LA HAYE", Some("Reuters")),
    // Spanish, Catalan, Portuguese
    ("Madrid, 30 ago (EFE).- El Congreso aprobó la ley.", "Madrid, 30 ago (EFE)", "Madrid", Some("EFE")),
    ("MADRID, 30 Ago. (EUROPA PRESS) - El Congreso aprobó la ley.", "MADRID, 30 Ago. (EUROPA PRESS)", "MADRID", Some("Europa Press")),
    ("Málaga (España), 30 ago (EFE).- El festival abrió.", "Málaga (España), 30 ago (EFE)", "Málaga (España)", Some("EFE")),
    ("MADRID – El Congreso aprobó la ley.", "MADRID", "MADRID", None),
    ("CIUDAD DE MÉXICO.- El presidente viaja.", "CIUDAD DE MÉXICO", "CIUDAD DE MÉXICO", None),
    ("Buenos Aires, 30 de agosto (Télam) - El índice subió.", "Buenos Aires, 30 de agosto (Télam)", "Buenos Aires", Some("Télam")),
    ("Lisboa, 30 ago 2026 (Lusa) – O Governo aprovou.", "Lisboa, 30 ago 2026 (Lusa)", "Lisboa", Some("Lusa")),
    ("SÃO PAULO, SP (FOLHAPRESS) - O dólar caiu.", "SÃO PAULO, SP (FOLHAPRESS)", "SÃO PAULO, SP", Some("Folhapress")),
    ("BRASÍLIA (Reuters) - O ministro disse.", "BRASÍLIA (Reuters)", "BRASÍLIA", Some("Reuters")),
    // Italian
    ("(ANSA) - ROMA, 30 AGO - Il governo ha deciso.", "(ANSA) - ROMA, 30 AGO", "ROMA", Some("ANSA")),
    ("Roma, 30 ago. (askanews) - Il governo ha deciso.", "Roma, 30 ago. (askanews)", "Roma", Some("askanews")),
    ("Roma, 30 ago. (Adnkronos) - Il governo ha deciso.", "Roma, 30 ago. (Adnkronos)", "Roma", Some("Adnkronos")),
    // Dutch and the north
    ("DEN HAAG (ANP) - De Kamer stemt.", "DEN HAAG (ANP)", "DEN HAAG", Some("ANP")),
    ("Oslo (NTB): Stortinget vedtok loven.", "Oslo (NTB)", "Oslo", Some("NTB")),
    ("STOCKHOLM (TT) Riksdagen röstade.", "STOCKHOLM (TT)", "STOCKHOLM", Some("TT")),
    ("KØBENHAVN (Ritzau) - Folketinget stemte.", "KØBENHAVN (Ritzau)", "KØBENHAVN", Some("Ritzau")),
    // Central and eastern Europe
    ("Praha 30. srpna (ČTK) - Vláda schválila rozpočet.", "Praha 30. srpna (ČTK)", "Praha", Some("ČTK")),
    ("Bratislava 30. augusta (TASR) - Vláda schválila.", "Bratislava 30. augusta (TASR)", "Bratislava", Some("TASR")),
    ("Budapest, 2026. augusztus 30., vasárnap (MTI) - A kormány döntött.", "Budapest, 2026. augusztus 30., vasárnap (MTI)", "Budapest", Some("MTI")),
    ("București, 30 aug /Agerpres/ - Guvernul a decis.", "București, 30 aug /Agerpres/", "București", Some("Agerpres")),
    ("ZAGREB, 30. kolovoza 2026. (Hina) - Vlada je odlučila.", "ZAGREB, 30. kolovoza 2026. (Hina)", "ZAGREB", Some("Hina")),
    ("Ljubljana, 30. avgusta (STA) - Vlada je odločila.", "Ljubljana, 30. avgusta (STA)", "Ljubljana", Some("STA")),
    ("Warszawa (PAP) – Rząd zdecydował.", "Warszawa (PAP)", "Warszawa", Some("PAP")),
    ("МОСКВА, 30 августа. /ТАСС/. Президент подписал указ.", "МОСКВА, 30 августа. /ТАСС/", "МОСКВА", Some("TASS")),
    ("МОСКВА, 30 авг — РИА Новости. Президент подписал указ.", "МОСКВА, 30 авг — РИА Новости", "МОСКВА", Some("RIA Novosti")),
    ("Москва. 30 августа. INTERFAX.RU - Президент подписал указ.", "Москва. 30 августа. INTERFAX.RU", "Москва", Some("Interfax")),
    ("КИЇВ. 30 серпня. УНН. Уряд ухвалив рішення.", "КИЇВ. 30 серпня. УНН", "КИЇВ", Some("UNN")),
    // Turkish, Indonesian
    ("ANKARA (AA) - Bakan açıkladı.", "ANKARA (AA)", "ANKARA", Some("Anadolu")),
    ("İSTANBUL (DHA) - Yağış bekleniyor.", "İSTANBUL (DHA)", "İSTANBUL", Some("DHA")),
    ("Jakarta (ANTARA) - Presiden tiba.", "Jakarta (ANTARA)", "Jakarta", Some("Antara")),
    ("JAKARTA, Contoh.com - Presiden tiba di Bandung.", "JAKARTA, Contoh.com", "JAKARTA", None),
    // Scripts without capitals
    ("新华社北京8月30日电 国务院发布通知。", "新华社北京8月30日电", "北京", Some("Xinhua")),
    ("（中央社記者王小明台北30日電）總統今天表示。", "（中央社記者王小明台北30日電）", "台北", Some("CNA")),
    ("【ワシントン時事】大統領は30日、発表した。", "【ワシントン時事】", "ワシントン", Some("Jiji")),
    ("【さいたま共同】県は30日、発表した。", "【さいたま共同】", "さいたま", Some("Kyodo")),
    ("【北京共同】中国政府は30日、発表した。", "【北京共同】", "北京", Some("Kyodo")),
    ("［東京　30日　ロイター］ - 日銀は発表した。", "［東京　30日　ロイター］", "東京", Some("Reuters")),
    ("(서울=연합뉴스) 정부는 30일 밝혔다.", "(서울=연합뉴스)", "서울", Some("Yonhap")),
    ("القدس (أ ف ب) - قال الجيش إنه انسحب.", "القدس (أ ف ب)", "القدس", Some("AFP")),
    ("نيس (فرنسا) (أ ف ب) - فاز الفريق.", "نيس (فرنسا) (أ ف ب)", "نيس (فرنسا)", Some("AFP")),
    ("القاهرة 30 أغسطس (رويترز) - قالت الحكومة.", "القاهرة 30 أغسطس (رويترز)", "القاهرة", Some("Reuters")),
    ("नई दिल्ली, 30 अगस्त (भाषा) अदालत ने कहा।", "नई दिल्ली, 30 अगस्त (भाषा)", "नई दिल्ली", Some("PTI")),
];

/// What looks like a dateline and is none.
const LOOK_ALIKES: &[&str] = &[
    "NATO — the alliance of 32 states — met on Monday.",
    "NATO – The alliance met on Monday.",
    "UNESCO – The list is longer now.",
    "NASA - The agency launched a rocket.",
    "UPDATE – The road is open again.",
    "BREAKING - The mayor has resigned.",
    "EXCLUSIVE — The bank plans a merger.",
    "LIVE: The final in Rome",
    "WATCH: The moment the bridge fell",
    "ANALYSIS — What the vote means.",
    "EILMELDUNG – Der Minister tritt zurück.",
    "COVID-19 – The cases are rising.",
    "The White House on Wednesday, Aug. 30, said it was concerned.",
    "On Wednesday, Aug. 30 — the day of the vote — it rained.",
    "Wednesday, Aug. 30 — The vote is on.",
    "The report by the institute (TNO) - which was contracted by the city - is out.",
    "Jane Smith (R-Ohio) – The senator said no.",
    "John Doe (42) – Der Mann wurde gefunden.",
    "The Associated Press (AP) reported the story first.",
    "Agence France-Presse (AFP) said it had seen the letter.",
    "Trump – The former president was in court.",
    "Merkel - Die Kanzlerin sprach.",
    "Berlin ist die Hauptstadt - und bleibt es.",
    "Berlin – das ist eine Stadt für alle.",
    "Berlin: Eine Reise durch die Stadt",
    "Paris – Roubaix – the hell of the north – is a race.",
    "London – Paris: the train takes two hours.",
    "Two people died — and five were hurt — in Rome.",
    "Real Madrid - Atlético 2-1",
    "Smith told AFP - in a rare interview - that he would stay.",
    "“MADRID is beautiful,” she said.",
    "GDP - The figure fell by 2 percent.",
    "FIFA - Football's governing body - denied it.",
    "I – The First Chapter",
    "A — Yes.",
    "HIV (Human Immunodeficiency Virus) – The number fell.",
    "President Putin (TASS) said nothing.",
    "Die SPD (Sozialdemokraten) - sie regiert in Bremen - hat gewonnen.",
    "Les prix montent - encore.",
    "Президент – глава государства.",
    "记者从北京了解到，会议8月30日举行。",
    "【北京】会議は30日に開かれた。",
    "قال الرئيس (يوم الاثنين) إنه سيغادر.",
    "(Reuters) - Oil fell.",
    "",
    "-",
    "—",
    "(",
    "()",
    "A/B/C/",
];

#[test]
fn datelines_are_read() {
    let wrong: Vec<String> = DATELINES
        .iter()
        .filter_map(|(paragraph, text, place, agency)| {
            let found = dateline_of(paragraph);
            let is_right = found.is_some_and(|found| {
                (found.text, found.place, found.agency) == (*text, *place, *agency)
            });
            (!is_right).then(|| format!("{paragraph}\n    {found:?}"))
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn look_alikes_are_left_alone() {
    let wrong: Vec<String> = LOOK_ALIKES
        .iter()
        .filter_map(|paragraph| Some(format!("{paragraph}: {:?}", dateline_of(paragraph)?)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_byline_may_stand_before_it() {
    let blocks = [
        Block::paragraph("By Jane Roe"),
        Block::paragraph("ROME (AP) — The vote is on Sunday."),
    ];
    assert_eq!(dateline(&blocks).map(|found| found.place), Some("ROME"));
    let story = [
        Block::paragraph(
            "The vote is on Sunday, and the whole country is holding its breath before it.",
        ),
        Block::paragraph("ROME (AP) — The vote is on Sunday."),
    ];
    assert_eq!(dateline(&story), None);
}

#[test]
fn an_agency_may_lead_without_a_place() {
    assert_eq!(
        leading_credit("(AFP) - The vote is on Sunday."),
        Some("AFP")
    );
    assert_eq!(leading_credit("(Reuters) – Oil fell."), Some("Reuters"));
    assert_eq!(leading_credit("(AFP was not told.) The vote"), None);
    assert_eq!(leading_credit("(NATO) - The alliance"), None);
}
