//! Places that datelines name again and again, in the spellings of their readers. Not a gazetteer:
//! a place that is missing here is still found where capitals, a date or an agency vouch for it.

use std::collections::HashSet;
use std::sync::LazyLock;

#[rustfmt::skip]
const PLACES: &[&str] = &[
    // Capitals and news cities, English
    "Abidjan", "Abu Dhabi", "Abuja", "Accra", "Addis Ababa", "Aden", "Aleppo", "Algiers", "Almaty",
    "Amman", "Amsterdam", "Ankara", "Antananarivo", "Ashgabat", "Astana", "Asuncion", "Athens",
    "Atlanta", "Auckland", "Baghdad", "Baku", "Bali", "Baltimore", "Bamako", "Bangalore",
    "Bengaluru", "Bangkok", "Bangui", "Barcelona", "Basel", "Basra", "Beijing", "Beirut",
    "Belfast", "Belgrade", "Benghazi", "Berlin", "Bern", "Birmingham", "Bishkek", "Bogota",
    "Boston", "Brasilia", "Bratislava", "Brazzaville", "Brisbane", "Brussels", "Bucharest",
    "Budapest", "Buenos Aires", "Bujumbura", "Cairo", "Calgary", "Canberra", "Cannes", "Cape Town",
    "Caracas", "Cardiff", "Casablanca", "Chennai", "Chicago", "Chisinau", "Christchurch",
    "Cincinnati", "Cleveland", "Colombo", "Conakry", "Copenhagen", "Dakar", "Dallas", "Damascus",
    "Dar es Salaam", "Davos", "Delhi", "Denver", "Detroit", "Dhaka", "Djibouti", "Doha", "Donetsk",
    "Dubai", "Dublin", "Dushanbe", "Edinburgh", "Erbil", "Frankfurt", "Freetown", "Gaborone", "Gaza",
    "Gaza City", "Geneva", "Glasgow", "Guadalajara", "Guatemala City", "Hague", "The Hague", "Hanoi",
    "Harare", "Havana", "Helsinki", "Hiroshima", "Ho Chi Minh City", "Hong Kong", "Honolulu",
    "Houston", "Hyderabad", "Indianapolis", "Islamabad", "Istanbul", "Jakarta", "Jeddah",
    "Jerusalem", "Johannesburg", "Juba", "Kabul", "Kampala", "Kandahar", "Karachi", "Kathmandu",
    "Khartoum", "Kharkiv", "Kherson", "Kigali", "Kingston", "Kinshasa", "Kolkata", "Kuala Lumpur",
    "Kuwait City", "Kyiv", "Kiev", "Lagos", "Lahore", "La Paz", "Las Vegas", "Libreville", "Lima",
    "Lisbon", "Liverpool", "Ljubljana", "London", "Los Angeles", "Luanda", "Lusaka", "Luxembourg",
    "Lviv", "Lyon", "Macau", "Madrid", "Malabo", "Manama", "Manchester", "Manila", "Maputo",
    "Mariupol", "Marseille", "Mecca", "Melbourne", "Mexico City", "Miami", "Milan", "Milwaukee",
    "Minneapolis", "Minsk", "Mogadishu", "Monaco", "Monrovia", "Montevideo", "Montreal", "Moscow",
    "Mosul", "Mumbai", "Munich", "Muscat", "Nairobi", "Naples", "Nassau", "New Delhi",
    "New Orleans", "New York", "Niamey", "Nicosia", "Nouakchott", "Odesa", "Odessa", "Oklahoma City",
    "Osaka", "Oslo", "Ottawa", "Ouagadougou", "Panama City", "Paris", "Perth", "Philadelphia",
    "Phnom Penh", "Phoenix", "Pittsburgh", "Podgorica", "Port-au-Prince", "Port Moresby", "Prague",
    "Pretoria", "Pristina", "Putrajaya", "Pyongyang", "Quebec City", "Quito", "Rabat", "Rafah",
    "Ramallah", "Rangoon", "Rawalpindi", "Reykjavik", "Riga", "Rio de Janeiro", "Riyadh", "Rome",
    "Rotterdam", "San Antonio", "San Diego", "San Francisco", "San Jose", "San Juan",
    "San Salvador", "Sanaa", "Santiago", "Santo Domingo", "Sao Paulo", "Sarajevo", "Seattle",
    "Seoul", "Shanghai", "Shenzhen", "Singapore", "Skopje", "Sofia", "Srinagar", "St. Louis",
    "St. Petersburg", "Salt Lake City", "Stockholm", "Strasbourg", "Suva", "Sydney", "Taipei",
    "Tallinn", "Tashkent", "Tbilisi", "Tegucigalpa", "Tehran", "Tel Aviv", "Tirana", "Tokyo",
    "Toronto", "Tripoli", "Tunis", "Turin", "Ulaanbaatar", "United Nations", "Vancouver",
    "Vatican City", "Venice", "Victoria", "Vienna", "Vientiane", "Vilnius", "Warsaw", "Washington",
    "Wellington", "Windhoek", "Winnipeg", "Wuhan", "Yangon", "Yaounde", "Yerevan", "Zagreb",
    "Zaporizhzhia", "Zurich",
    // German
    "Athen", "Basel", "Belgrad", "Bremen", "Brüssel", "Bukarest", "Chemnitz", "Dortmund", "Dresden",
    "Düsseldorf", "Erfurt", "Essen", "Frankfurt am Main", "Frankfurt/Main", "Freiburg", "Genf",
    "Graz", "Halle", "Hamburg", "Hannover", "Innsbruck", "Jerusalem", "Kairo", "Karlsruhe", "Kassel",
    "Kiel", "Kiew", "Köln", "Kopenhagen", "Leipzig", "Linz", "Lissabon", "Luzern", "Magdeburg",
    "Mailand", "Mainz", "Moskau", "München", "Neu-Delhi", "Nürnberg", "Peking", "Potsdam", "Prag",
    "Rom", "Rostock", "Saarbrücken", "Salzburg", "Schwerin", "Seoul", "Straßburg", "Stuttgart",
    "Teheran", "Tokio", "Venedig", "Warschau", "Wien", "Wiesbaden", "Zürich", "Potsdam",
    // French, Spanish, Portuguese, Italian, Catalan
    "Alger", "Athènes", "Bordeaux", "Bruxelles", "Genève", "Jérusalem", "La Haye", "Le Caire",
    "Lille", "Londres", "Montréal", "Moscou", "Nantes", "Nice", "Pékin", "Québec", "Rennes",
    "Séoul", "Strasbourg", "Téhéran", "Toulouse", "Tunis", "Varsovie", "Vienne", "Dakar",
    "Barcelona", "Bilbao", "Bogotá", "Bruselas", "Caracas", "Ciudad de México", "Ciudad de Guatemala",
    "Ginebra", "Jerusalén", "La Habana", "Málaga", "Moscú", "Nueva York", "Pekín", "Quito", "Roma",
    "San José", "Santiago de Chile", "Santo Domingo", "Sevilla", "Valencia", "Zaragoza", "Asunción",
    "México", "Lima", "Washington", "Beograd", "Brasília", "São Paulo", "Salvador", "Porto Alegre",
    "Recife", "Lisboa", "Porto", "Coimbra", "Luanda", "Maputo", "Belo Horizonte", "Curitiba",
    "Milano", "Torino", "Napoli", "Firenze", "Venezia", "Bologna", "Genova", "Palermo", "Bari",
    "Città del Vaticano", "Parigi", "Londra", "Berlino", "Mosca", "Bruxelles", "Ginevra", "Girona",
    // Dutch, the north, the Baltics
    "Den Haag", "Rotterdam", "Utrecht", "Brussel", "Antwerpen", "Gent", "Parijs", "Londen", "Berlijn",
    "København", "Aarhus", "Göteborg", "Malmö", "Uppsala", "Bergen", "Trondheim", "Helsingfors",
    "Tampere", "Turku", "Reykjavík", "Tallinn", "Rīga", "Vilnius",
    // Central and southern Europe, Turkey
    "Warszawa", "Kraków", "Gdańsk", "Wrocław", "Poznań", "Łódź", "Praha", "Brno", "Ostrava",
    "Bratislava", "Košice", "Budapest", "București", "Bucureşti", "Cluj-Napoca", "Zagreb", "Split",
    "Ljubljana", "Maribor", "Beograd", "Sarajevo", "Skopje", "Podgorica", "Tirana", "Priština",
    "Αθήνα", "Θεσσαλονίκη", "Λευκωσία", "Ankara", "İstanbul", "İzmir", "Diyarbakır", "Bakı",
    // Cyrillic
    "Москва", "Санкт-Петербург", "Петербург", "Киев", "Минск", "Астана", "Алматы", "Казань",
    "Екатеринбург", "Новосибирск", "Вашингтон", "Лондон", "Париж", "Брюссель", "Пекин", "Токио",
    "Анкара", "Тбилиси", "Ереван", "Баку", "Київ", "Львів", "Харків", "Одеса", "Дніпро", "Херсон",
    "Запоріжжя", "Донецк", "Луганск", "София", "Пловдив", "Варна", "Београд", "Нови Сад", "Скопје",
    "Сараево", "Берлин", "Берлін", "Вена", "Варшава", "Женева",
    // South-east Asia
    "Bandung", "Surabaya", "Yogyakarta", "Medan", "Makassar", "Johor Bahru", "George Town",
    "Kota Kinabalu", "Kuching", "Shah Alam", "Petaling Jaya", "Hà Nội", "TP.HCM", "Cebu City",
];

static FOLDED: LazyLock<HashSet<String>> =
    LazyLock::new(|| PLACES.iter().map(|place| place.to_lowercase()).collect());

/// Whether the place is a known one, in any case.
pub(super) fn is_known_place(place: &str) -> bool {
    FOLDED.contains(&place.trim().to_lowercase())
}
