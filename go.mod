module segue

go 1.26
