//! Scripts that set no spaces between words: their stories are neither short nor barred nor no
//! article, and what repeats over them is learned.

use wiredesk_cleaning::{
    Cleaned, Decisions, Hints, SourceWindow, StoryPrint, clean_html, clean_text,
};
use wiredesk_model::{Block, QualityFlag};

/// A language, paragraphs of a story, and a line of a box.
const STORIES: [(&str, [&str; 3], &str); 3] = [
    (
        "zh",
        [
            "埃尔辛港议会周一开会，决定把关于港口围墙的表决推迟到月底，议长在记者会上说明了理由，并表示需要更多时间。",
            "议员们表示希望先看到新的数字，并要求工程师在两周之内提交一份详细的报告，下一次会议将在下个月举行。",
            "这道围墙建于一九一一年，此后修过四次，最近一次是在二〇一三年的大风暴之后，费用全部由镇上承担。",
        ],
        "每天早晨把港口的消息送到您的餐桌上。",
    ),
    (
        "ja",
        [
            "エルシン港の議会は月曜日に開かれ、港の壁についての採決を月末まで延期することを決めたと発表した。議長は会見で理由を述べた。",
            "議員らはまず新しい数字を確認したいとして、技術者に二週間以内に報告書を提出するよう求めている。次の会議は来月に開かれる。",
            "壁は一九一一年に造られ、その後四回補修された。最近では二〇一三年の大嵐のあとに工事が行われ、費用は町が負担した。",
        ],
        "毎朝の便りが港の話題を食卓までお届けします。",
    ),
    (
        "th",
        [
            "สภาเมืองท่าเอลซินประชุมเมื่อวันจันทร์และเลื่อนการลงมติเรื่องกำแพงท่าเรือออกไปจนถึงสิ้นเดือนนี้ตามคำแถลงของโฆษกสภาเมือง.",
            "สมาชิกสภากล่าวว่าต้องการเห็นตัวเลขใหม่ก่อนและขอให้วิศวกรส่งรายงานภายในสองสัปดาห์ก่อนการประชุมครั้งต่อไปในเดือนหน้า.",
            "กำแพงนี้สร้างขึ้นเมื่อปี พ.ศ. สองพันสี่ร้อยห้าสิบสี่ และได้รับการซ่อมแซมมาแล้วสี่ครั้ง ครั้งล่าสุดหลังพายุใหญ่เมื่อสิบปีก่อน.",
        ],
        "จดหมายข่าวยามเช้านำเรื่องราวของท่าเรือมาถึงโต๊ะอาหารของคุณ",
    ),
];

fn page(language: &str, head: &str, paragraphs: &[&str], behind: &str) -> Cleaned {
    let body: String = paragraphs
        .iter()
        .map(|text| format!("<p>{text}</p>"))
        .collect();
    let html = format!(
        "<html lang={language}><head><title>{0}</title>{head}</head><body><article><h1>{0}</h1>{body}</article>{behind}</body></html>",
        "1911"
    );
    clean_html(&html, &Hints::default()).expect("within limits")
}

#[test]
fn a_story_is_a_story() {
    let consent = "<div class=cookie><p>We value your privacy. We and our partners store and/or access information \
        on a device.</p><button>Accept all</button></div>";
    let other = "<meta property=og:type content=website>";
    for (language, paragraphs, _) in STORIES {
        let whole = [paragraphs, paragraphs].concat();
        let cleaned = page(language, other, &whole, consent);
        assert!(
            cleaned.text.contains(paragraphs[0]),
            "{language}: {}",
            cleaned.text
        );
        for flag in [
            QualityFlag::Short,
            QualityFlag::Blocked,
            QualityFlag::NotAnArticle,
        ] {
            assert!(
                !cleaned.quality.contains(&flag),
                "{language}: {:?}",
                cleaned.quality
            );
        }
        assert_eq!(cleaned.barrier, None, "{language}");
    }
}

#[test]
fn little_text_is_still_short() {
    for text in [
        "港口围墙的表决推迟了。",
        "港の壁の採決は延期された。",
        "เลื่อนการลงมติเรื่องกำแพง.",
    ] {
        let cleaned = clean_text(text, &Hints::default()).expect("within limits");
        assert!(cleaned.quality.contains(&QualityFlag::Short), "{text}");
    }
}

#[test]
fn what_repeats_over_the_stories_is_learned() {
    for (language, paragraphs, line) in STORIES {
        let mut window = SourceWindow::default();
        let story = |number: u32| {
            let name = char::from_u32(0x4e00 + 40 * number).unwrap_or('x');
            let own: String = paragraphs[number as usize % 3].replace('港', &name.to_string());
            let own = format!("{own}{}", name.to_string().repeat(40));
            [Block::paragraph(own), Block::paragraph(line)]
        };
        for number in 0..6 {
            let title = number.to_string();
            window.see(&title, StoryPrint::of(&title, &story(number)));
        }
        let print = StoryPrint::of("new", &story(9));
        let learned = window.learned("new", &print, &Decisions::default().for_source("post"));
        assert_eq!(learned.len(), 1, "{language}");
    }
}

#[test]
fn pointers_go_and_sentences_stay() {
    for (language, paragraphs, _) in STORIES {
        let pointer = match language {
            "zh" => "延伸閱讀：港口罷工進入第三週",
            "ja" => "関連記事：港のストライキが三週目に",
            _ => continue,
        };
        let stays = match language {
            "zh" => "延伸閱讀課程的老師週一說，學生們喜歡這些書。",
            _ => "関連記事を集めた本が月曜日に出版された。",
        };
        let text = format!(
            "{}\n\n{pointer}\n\n{stays}\n\n{}",
            paragraphs[0], paragraphs[1]
        );
        let cleaned = clean_text(&text, &Hints::default()).expect("within limits");
        let kept = format!("{}\n\n{stays}\n\n{}", paragraphs[0], paragraphs[1]);
        assert_eq!(cleaned.text, kept, "{language}: {:?}", cleaned.removed);
    }
}
