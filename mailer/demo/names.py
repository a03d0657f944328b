"""Names and streets for people and places that do not exist.

Takes   nothing.
Gives   tuples of words.
Fails   never.
"""

FIRST = (
    "Åsa", "Örjan", "Märta", "Björn", "Göran", "Håkan", "Pär", "Jörgen", "Åke", "Östen",
    "Anna", "Maria", "Karin", "Eva", "Birgitta", "Kerstin", "Ingrid", "Ulla", "Gun-Britt", "Elsa",
    "Lars", "Anders", "Johan", "Per", "Nils", "Lars-Erik", "Sivert", "Bo", "Sven", "Gustav",
    "Amina", "Fatima", "Zeynep", "Leyla", "Nour", "Mehmet", "José", "Dawit", "Jasmina", "Goran",
    "Linnéa", "Ebba", "Signe", "Alva", "Tove", "Elias", "Hugo", "Viggo", "Love", "Noa",
)  # fmt: skip

LAST = (
    "Öberg", "Åström", "Ängsvik", "Sjödin", "Björklund", "Håkansson", "Östlund", "Ekström", "Lövgren", "Närlund",
    "Andersson", "Johansson", "Karlsson", "Nilsson", "Lindberg", "Sandgren", "Holm", "Bergvall", "Forsell", "Dahlin",
    "Haddad", "Yilmaz", "García", "Tesfaye", "Hodžić", "Rahimi", "Kaya", "Nguyen", "Kowalska", "Virtanen",
    "af Klintberga", "von Granhult", "Tallroth", "Stenmarck", "Rosenblad", "Kvarnlöf", "Ljungqvist", "Myrstrand",
)  # fmt: skip

STREETS = (
    "Tofsvipestigen", "Kärrhöksvägen", "Blåklocksbacken", "Ängssyrevägen", "Gullvivegränd", "Backtimjansvägen",
    "Kornknarrsstigen", "Rödhakegränd", "Humlekullevägen", "Lingonrisvägen", "Jordgubbsbacken", "Svalörtsstigen",
    "Gamla mjölnarvägen", "Skomakargläntan", "Storlomsvägen", "Vitsippsgränd", "Åkerbärsvägen", "Östra ladugårdsgatan",
)  # fmt: skip
